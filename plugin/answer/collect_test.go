package answer

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// TestCollect: records come once, in the order in which they were added; glue in the order of its records.
func TestCollect(t *testing.T) {
	for seed := range uint64(100) {
		r := newRandom(seed)
		var all []netip.Addr
		addresses, services := NewAddressRecords(dns.TypeA, 5, r.IntN(40)), NewServiceRecords(r.IntN(40))
		var srv []SRV
		glue := map[string][]netip.Addr{}
		for range r.few(3000) {
			a := netip.AddrFrom4([4]byte{10, 0, byte(r.IntN(4)), byte(r.IntN(256))})
			addresses.Add(a)
			addresses.Add(netip.AddrFrom16([16]byte{0xfd, 15: 1})) // of another family
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
			s := SRV{Label: fmt.Sprint("ep-", r.IntN(60)), Port: uint16(80 + r.IntN(3))}
			services.Add(s.Label, s.Port, a)
			if !slices.Contains(srv, s) {
				srv = append(srv, s)
			}
			if !slices.Contains(glue[s.Label], a) {
				glue[s.Label] = append(glue[s.Label], a)
			}
		}
		if want := Addresses(dns.TypeA, 5, all); (want == nil) != (addresses.Set() == nil) || want != nil && !bytes.Equal(addresses.Set().addrs, want.addrs) {
			t.Fatalf("seed %d: addresses: got %d, want %d", seed, addresses.Set().Len(), want.Len())
		}
		var ordered []Glue
		first := map[string]bool{}
		for i := range srv {
			for _, a := range glue[srv[i].Label] {
				if !first[srv[i].Label] {
					ordered = append(ordered, Glue{i, a})
				}
			}
			first[srv[i].Label] = true
			srv[i].Weight = 7
		}
		got := services.Set(5, "web.svc", 7)
		if want := Services(5, "web.svc", srv, ordered); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: services: got\n%v, want\n%v", seed, got, want)
		}
	}
}

// TestTable: things with the same hash are told apart.
func TestTable(t *testing.T) {
	var things []string
	seen := newTable(0)
	for i := range 200 {
		thing := fmt.Sprint(i % 100)
		n, known := seen.number(uint64(i%100%3), func(n int) bool { return things[n] == thing })
		if known != (i >= 100) || n != i%100 {
			t.Fatalf("%s: got %d, known %t", thing, n, known)
		}
		if !known {
			things = append(things, thing)
		}
	}
}
