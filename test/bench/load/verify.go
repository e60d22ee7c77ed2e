package load

import (
	"fmt"
	"time"

	"github.com/miekg/dns"
)

// Verify asks each question once, and returns what is wrong with the first wrong answer.
func (k Kind) Verify(address string, questions []Question) error {
	client := dns.Client{Timeout: 5 * time.Second}
	if k.TCP {
		client.Net = "tcp"
	}
	for _, q := range questions {
		m := new(dns.Msg).SetQuestion(q.Name, q.Type)
		if k.EDNS {
			m.SetEdns0(4096, false)
		}
		r, _, err := client.Exchange(m, address)
		if err == nil {
			err = q.check(r)
		}
		if err != nil {
			return fmt.Errorf("%s: %s %s: %w", k.Name, q.Name, dns.TypeToString[q.Type], err)
		}
	}
	return nil
}

func (q Question) check(r *dns.Msg) error {
	switch {
	case r.Rcode != q.Rcode:
		return fmt.Errorf("rcode %s, want %s", dns.RcodeToString[r.Rcode], dns.RcodeToString[q.Rcode])
	case r.Truncated && len(r.Answer) < q.Answers:
	case len(r.Answer) != q.Answers:
		return fmt.Errorf("%d records, want %d", len(r.Answer), q.Answers)
	}
	for _, rr := range r.Answer {
		switch rr := rr.(type) {
		case *dns.A:
			if q.Address.IsValid() && rr.A.String() != q.Address.String() {
				return fmt.Errorf("address %s, want %s", rr.A, q.Address)
			}
		case *dns.PTR:
			if q.Pointer != rr.Ptr {
				return fmt.Errorf("target %q, want %q", rr.Ptr, q.Pointer)
			}
		}
	}
	return nil
}
