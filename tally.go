package kubenames

import (
	"time"

	"github.com/coredns/coredns/plugin/metrics/vars"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/zone"
)

// tally is what one socket of a lane has answered in a zone and not reported yet. It is counted without a lock and
// reported when somebody reads the metrics. It belongs to who has its worker.
type tally struct {
	server, zone string
	writer       string // "": only our own metrics

	unsent    uint64 // answers whose time is not known yet
	any       bool   // there is something to report
	types     [2][256]uint64
	others    [2]uint64 // types above
	signed    uint64    // DO
	denied    uint64    // NXDOMAIN
	agreed    uint64    // NOERROR
	reasons   [zone.Refused + 1][zone.Reasons]uint64
	requests  sizes
	responses sizes
	times     spread
}

// sizes is how many messages there were of each length.
type sizes struct {
	small []uint32 // by length
	large spread
}

func (s *sizes) add(n int) {
	if n < len(s.small) {
		s.small[n]++
		return
	}
	s.large.add(float64(n), 1)
}

// move moves all to a spread.
func (s *sizes) move(to *spread) {
	for n, times := range s.small {
		if times > 0 {
			to.add(float64(n), uint64(times))
			s.small[n] = 0
		}
	}
	to.take(&s.large)
}

func newTallies(e *engine) []tally {
	all := make([]tally, len(e.sites))
	for i, s := range e.sites {
		t := &all[i]
		t.server, t.zone, t.writer = e.server, s.zone, s.writer
		t.requests.small, t.responses.small = make([]uint32, 513), make([]uint32, 2048)
	}
	return all
}

// count counts an answer.
func (t *tally) count(q *answer.Query, o zone.Outcome, r *answer.Reply, ipv6 bool, asked int, m []byte) {
	t.any = true
	t.reasons[o][r.Reason]++
	if t.writer == "" {
		return
	}
	family := 0
	if ipv6 {
		family = 1
	}
	if q.Type < 256 {
		t.types[family][q.Type]++
	} else {
		t.others[family]++
	}
	if q.Flags&answer.FlagDO != 0 {
		t.signed++
	}
	if r.Rcode == dns.RcodeNameError {
		t.denied++
	} else {
		t.agreed++
	}
	t.requests.add(asked)
	t.responses.add(answer.Length(m))
	t.unsent++
}

// sent says how long the answers since the last time took.
func (t *tally) sent(took time.Duration) {
	if t.unsent > 0 {
		t.times.addTime(took, t.unsent)
		t.unsent = 0
	}
}

// report adds what was counted to the metrics.
func (w *worker) report() {
	for i := range w.counts {
		if t := &w.counts[i]; t.any {
			t.report()
		}
	}
}

// families is the label of IPv4 and IPv6 in CoreDNS's metrics.
var families = [2]string{"1", "2"}

func (t *tally) report() {
	t.any = false
	for o := range t.reasons {
		for r, n := range t.reasons[o] {
			if c := counters[o][r]; n > 0 && c != nil {
				c.Add(float64(n))
			}
			t.reasons[o][r] = 0
		}
	}
	if t.writer == "" {
		return
	}
	for f, family := range families {
		count := func(label string, n uint64) {
			vars.RequestCount.WithLabelValues(t.server, t.zone, "", "udp", family, label).Add(float64(n))
		}
		for typ, n := range t.types[f] {
			if n > 0 {
				count(typeLabel(uint16(typ)), n)
				t.types[f][typ] = 0
			}
		}
		if t.others[f] > 0 {
			count("other", t.others[f])
			t.others[f] = 0
		}
	}
	if t.signed > 0 {
		vars.RequestDo.WithLabelValues(t.server, t.zone, "").Add(float64(t.signed))
	}
	for rcode, n := range map[int]uint64{dns.RcodeSuccess: t.agreed, dns.RcodeNameError: t.denied} {
		if n > 0 {
			vars.ResponseRcode.WithLabelValues(t.server, t.zone, "", dns.RcodeToString[rcode], t.writer).Add(float64(n))
		}
	}
	t.signed, t.agreed, t.denied = 0, 0, 0
	beside.take(t)
}

// typeLabel is the type as CoreDNS's metrics call it: only types that are common have a name there.
func typeLabel(t uint16) string {
	switch t {
	case dns.TypeAAAA, dns.TypeA, dns.TypeCNAME, dns.TypeDNSKEY, dns.TypeDS, dns.TypeMX, dns.TypeNSEC3, dns.TypeNSEC, dns.TypeNS,
		dns.TypePTR, dns.TypeRRSIG, dns.TypeSOA, dns.TypeSRV, dns.TypeTXT, dns.TypeHTTPS, dns.TypeSVCB, dns.TypeANY:
		return dns.Type(t).String()
	}
	return "other"
}
