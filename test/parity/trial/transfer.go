package trial

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// transfer asks ours for all of its zones (D22): each record has to be answered too, and each answer to a canonical name
// has to be among them.
func (t *trial) transfer(b world.Beat) error {
	if t.config.Kubeadm {
		return nil
	}
	s, err := server.Start(strings.Replace(t.corefile("kubenames", late), "{\n", "{\n    transfer {\n        to *\n    }\n", 1))
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := see(s, t.marks(b), 0); err != nil {
		return err
	}
	for _, z := range plugin.OriginsFromArgsOrServerBlock(t.config.Zones, nil) {
		told, err := transferred(s.TCP, z)
		if err != nil {
			return err
		}
		if err := t.answered(s, z, told); err != nil {
			return err
		}
		if err := t.complete(s, z, told); err != nil {
			return err
		}
	}
	return nil
}

// transferred is the records of a zone as text, and by text.
func transferred(addr, zone string) (map[string]dns.RR, error) {
	m := new(dns.Msg)
	m.SetAxfr(zone)
	envelopes, err := new(dns.Transfer).In(m, addr)
	if err != nil {
		return nil, fmt.Errorf("transfer of %s: %w", zone, err)
	}
	told := map[string]dns.RR{}
	for e := range envelopes {
		if e.Error != nil {
			return nil, fmt.Errorf("transfer of %s: %w", zone, e.Error)
		}
		for _, rr := range e.RR {
			told[rr.String()] = rr
		}
	}
	return told, nil
}

// answered holds answers to what was transferred.
func (t *trial) answered(s *server.Server, zone string, told map[string]dns.RR) error {
	sets := map[dialog.Question][]string{}
	for text, rr := range told {
		q := dialog.Question{Name: rr.Header().Name, Type: rr.Header().Rrtype, Class: dns.ClassINET, TCP: true}
		sets[q] = append(sets[q], text)
	}
	for q, texts := range sets {
		r, err := s.Ask(q)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if q.Type != dns.TypeSOA && !r.TC && !slices.ContainsFunc(slices.Concat(r.Answer, r.Extra), func(rr dns.RR) bool { return rr.String() == text }) {
				t.fault(&Fault{Question: q, Ours: r, Reason: "what the transfer of " + zone + " tells: " + text})
				break
			}
		}
	}
	return nil
}

// complete holds what was transferred to answers.
func (t *trial) complete(s *server.Server, zone string, told map[string]dns.RR) error {
	var qs []dialog.Question
	ask := func(name string, types ...uint16) {
		for _, typ := range types {
			qs = append(qs, dialog.Question{Name: strings.ToLower(name), Type: typ, Class: dns.ClassINET, TCP: true})
		}
	}
	if strings.HasSuffix(zone, ".arpa.") {
		for _, a := range t.world.Addresses() {
			if name := dialog.Reverse(a); t.cluster.In(name) == zone {
				ask(name, dns.TypePTR)
			}
		}
	} else {
		for _, rel := range t.world.Names(nil) {
			name := within(rel, zone)
			labels := dns.SplitDomainName(rel)
			n := len(labels)
			if _, ok := dns.IsDomainName(name); !ok || n < 3 || n > 5 || labels[n-1] != "svc" || t.cluster.In(name) != zone {
				continue
			}
			switch under := labels[0][0] == '_' && len(labels[0]) > 1; {
			case n == 3, n == 4 && !under, n == 5 && !under && t.cluster.Imported(zone) && labels[1][0] != '_':
				ask(name, dns.TypeA, dns.TypeAAAA, dns.TypeCNAME, dns.TypeSRV)
			case n == 5 && under && labels[1][0] == '_' && len(labels[1]) > 1:
				ask(name, dns.TypeSRV)
			}
		}
	}
	replies, err := s.AskAll(qs)
	if err != nil {
		return err
	}
	for i, r := range replies {
		for _, rr := range r.Answer {
			if rr.Header().Name == qs[i].Name && told[rr.String()] == nil {
				t.fault(&Fault{Question: qs[i], Ours: r, Reason: "to be in the transfer of " + zone})
				break
			}
		}
	}
	return nil
}
