package hand

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// answers is what DNS is to say once the slice is the Service's, and no more of what it was before. For a Service with an
// address of the cluster the slice is nil.
func (s *Service) answers(slice *discoveryv1.EndpointSlice) map[record.Question]string {
	name, all := s.full(), map[record.Question]string{}
	if slice == nil {
		all[record.Question{Name: name, Type: dns.TypeA}] = s.address.String()
		all[record.Question{Name: name, Type: dns.TypeAAAA}] = record.Empty
		all[record.Question{Name: "_http._tcp." + name, Type: dns.TypeSRV}] = "0 100 80 " + name
		all[pointer(s.address)] = name
		return all
	}
	if s.slice != nil {
		for _, a := range addresses(s.slice) {
			all[record.Question{Name: label(a) + "." + name, Type: dns.TypeA}] = record.Absent
			all[pointer(a)] = record.Absent
		}
	}
	var set, targets []string
	now := addresses(slice)
	for _, a := range now {
		target := label(a) + "." + name
		all[record.Question{Name: target, Type: dns.TypeA}] = a.String()
		all[pointer(a)] = target
		set = append(set, a.String())
		targets = append(targets, fmt.Sprintf("0 %d 8080 %s", 100/len(now), target))
	}
	none := record.Empty
	if len(now) == 0 {
		none, set, targets = record.Absent, []string{record.Absent}, []string{record.Absent}
	}
	slices.Sort(set)
	slices.Sort(targets)
	all[record.Question{Name: name, Type: dns.TypeA}] = strings.Join(set, "\n")
	all[record.Question{Name: name, Type: dns.TypeAAAA}] = none
	if s.few {
		all[record.Question{Name: "_http._tcp." + name, Type: dns.TypeSRV}] = strings.Join(targets, "\n")
	}
	return all
}

func addresses(slice *discoveryv1.EndpointSlice) (list []netip.Addr) {
	for _, e := range slice.Endpoints {
		list = append(list, netip.MustParseAddr(e.Addresses[0]))
	}
	return list
}

func same(a, b *discoveryv1.EndpointSlice) bool { return slices.Equal(addresses(a), addresses(b)) }

func label(a netip.Addr) string { return strings.ReplaceAll(a.String(), ".", "-") }

func pointer(a netip.Addr) record.Question {
	name, _ := dns.ReverseAddr(a.String())
	return record.Question{Name: name, Type: dns.TypePTR}
}

// next is an address that was given to nobody yet.
func (h *Hand) next(last *uint32) netip.Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	*last++
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, *last)))
}

// call is a name that no Service had yet.
func (h *Hand) call(prefix string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.name++
	return fmt.Sprintf("%s-%d", prefix, h.name)
}

// some draws n of the numbers below limit.
func (h *Hand) some(limit, n int) []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.random.Perm(limit)[:min(n, limit)]
}
