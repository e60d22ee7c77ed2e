package zone

import (
	"net/netip"
	"strings"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// services collects the service records of a unit. It belongs to one goroutine.
type services struct {
	z          *Zone
	rel        string
	records    *answer.ServiceRecords
	labels     strings.Builder // those that are made of addresses, one behind the other
	candidates int             // before any was found to be double: the weight is their share
}

// label is the labels of an endpoint of the slice, as endpointName makes them.
func (c *services) label(sl *cluster.Slice, e cluster.Endpoint) string {
	if e.Name != "" && sl.Cluster() == "" {
		return e.Name
	}
	at := c.labels.Len()
	if e.Name != "" {
		c.labels.WriteString(e.Name)
	} else {
		var b [48]byte
		c.labels.Write(appendDashed(b[:0], e.Addr))
	}
	if sl.Cluster() != "" {
		c.labels.WriteByte('.')
		c.labels.WriteString(sl.Cluster())
	}
	return c.labels.String()[at:]
}

// mostCandidates is how many service records are looked at for one answer: some forty times what a message holds. Ports times
// endpoints may be thousands of millions.
const mostCandidates = 1 << 17

// full reports whether no more are looked at.
func (c *services) full() bool { return c.candidates >= mostCandidates }

// addEndpoint adds endpoint i of the slice, on each selected one of its ports.
func (c *services) addEndpoint(sl *cluster.Slice, i int, s *selector) {
	e := sl.Endpoints.At(i)
	label, ports := c.label(sl, e), sl.Ports.All()
	for i := range ports {
		if p := &ports[i]; s.takes(p) && !c.full() {
			c.add(label, e.Addr, p.Number)
		}
	}
	if len(ports) == 0 && s.takes(&noPort) {
		c.add(label, e.Addr, noPort.Number)
	}
}

func (c *services) add(label string, a netip.Addr, port uint16) {
	c.candidates++
	if port != 0 && c.z.nameable(label, c.rel) {
		c.records.Add(label, port, a)
	}
}

func (c *services) set() *answer.Set {
	if c.z.spec.Strict.Weights {
		c.candidates = c.records.Len()
	}
	return c.records.Set(c.z.spec.TTL, c.rel, share(c.candidates))
}
