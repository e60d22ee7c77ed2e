package dialog

import (
	"slices"

	"github.com/miekg/dns"
)

// Equal reports whether both say the same.
func (r Reply) Equal(o Reply) bool {
	if r.Silent || o.Silent {
		return r.Silent == o.Silent
	}
	return r.head() == o.head() && same(r.Answer, o.Answer) && same(r.Authority, o.Authority) && same(r.Extra, o.Extra)
}

// head is all of a reply but the records.
type head struct {
	rcode, opcode             int
	aa, tc, rd, ra, ad, cd, z bool
	question, opt             string
}

func (r Reply) head() head {
	return head{r.Rcode, r.Opcode, r.AA, r.TC, r.RD, r.RA, r.AD, r.CD, r.Z, r.Question, r.OPT}
}

// same reports whether both are the same set. Mostly they are in the same order.
func same(a, b []dns.RR) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return slices.Equal(section("", a), section("", b))
		}
	}
	return true
}

// equal reports whether two records are the same, letter by letter. It may miss that they are.
func equal(a, b dns.RR) bool {
	if a == b {
		return true
	}
	g, h := *a.Header(), *b.Header()
	g.Rdlength, h.Rdlength = 0, 0
	if g != h {
		return false
	}
	switch a := a.(type) {
	case *dns.A:
		b, ok := b.(*dns.A)
		return ok && a.A.Equal(b.A)
	case *dns.AAAA:
		b, ok := b.(*dns.AAAA)
		return ok && a.AAAA.Equal(b.AAAA)
	case *dns.SRV:
		b, ok := b.(*dns.SRV)
		return ok && a.Target == b.Target && a.Port == b.Port && a.Weight == b.Weight && a.Priority == b.Priority
	case *dns.PTR:
		b, ok := b.(*dns.PTR)
		return ok && a.Ptr == b.Ptr
	case *dns.NS:
		b, ok := b.(*dns.NS)
		return ok && a.Ns == b.Ns
	case *dns.CNAME:
		b, ok := b.(*dns.CNAME)
		return ok && a.Target == b.Target
	case *dns.SOA:
		b, ok := b.(*dns.SOA)
		return ok && a.Ns == b.Ns && a.Mbox == b.Mbox && a.Serial == b.Serial && a.Refresh == b.Refresh && a.Retry == b.Retry &&
			a.Expire == b.Expire && a.Minttl == b.Minttl
	}
	return false
}
