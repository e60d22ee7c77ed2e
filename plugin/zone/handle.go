package zone

import (
	"net/netip"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// handle is by what an index finds endpoints: the first bits of the hash of a label or of an address, and behind them the
// slot of a slice. Different labels may have one handle: who follows it looks at the endpoints themselves.
type handle uint64

// slots is how many slots there are: more than a Service can have slices.
const slots = 1 << 24

// at is the handle of the same label or address in that slot.
func (h handle) at(slot int) handle { return h&^(slots-1) | handle(slot) }

func (h handle) slot() int { return int(h & (slots - 1)) }

func labelHandle[T []byte | string](label T) handle { return handle(hash(label).hi).at(0) }

func addressHandle(a netip.Addr) handle {
	k := newKey6(a)
	return handle(fold(secrets[1]^k.hi, secrets[2]^k.lo)).at(0)
}

// appendHandles appends the handles of endpoints of the slice from one to another, in slot 0: of each its address and its
// label, if that is not made of the address.
func appendHandles(hs []handle, sl *cluster.Slice, from, to int) []handle {
	for i := from; i < to; i++ {
		en := sl.Endpoints.At(i)
		hs = append(hs, addressHandle(en.Addr))
		if en.Name != "" {
			hs = append(hs, labelHandle(en.Name))
		}
	}
	return hs
}

// appendHosts appends the handles of the targets of the slice that are host names.
func appendHosts(hs []handle, sl *cluster.Slice) []handle {
	for _, h := range sl.FQDNs() {
		hs = append(hs, labelHandle(hostLabel(h)))
	}
	return hs
}

func (h handle) rank(of []handle) int { return int(rank(h, of)) }
