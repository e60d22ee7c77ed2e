package zone

import "hash/maphash"

// Tables of names are kept by hashes. They are of 128 bits, with seeds that nobody else knows, so two names with the same
// hash are not to be met.
var seeds = [...]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func hash(b []byte) key { return key{maphash.Bytes(seeds[0], b), maphash.Bytes(seeds[1], b)} }

func hashText(s string) key { return key{maphash.String(seeds[0], s), maphash.String(seeds[1], s)} }
