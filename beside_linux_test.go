package kubenames

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// series is what CoreDNS's metrics of the server's questions say, by metric and labels; of times only how many there were.
func seriesOf(t *testing.T, addr string) map[string]string {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "coredns_dns_") {
			continue
		}
		for _, m := range f.GetMetric() {
			key, ours := f.GetName(), false
			for _, l := range m.GetLabel() {
				if l.GetName() == "server" {
					ours = l.GetValue() == addr
					continue
				}
				key += " " + l.GetName() + "=" + l.GetValue()
			}
			if !ours {
				continue
			}
			h := m.GetHistogram()
			switch {
			case h == nil:
				all[key] = fmt.Sprint(m.GetCounter().GetValue())
			case strings.Contains(f.GetName(), "duration"):
				buckets := h.GetBucket()
				all[key] = fmt.Sprint(h.GetSampleCount(), buckets[len(buckets)-1].GetCumulativeCount(), h.GetSampleSum() > 0, native(h, true))
			default:
				all[key] = fmt.Sprint(h.GetSampleCount(), h.GetSampleSum(), h.GetBucket(), native(h, false))
			}
		}
	}
	return all
}

// sameSeries holds what is counted of one server to what is counted of another, and returns the first difference.
func sameSeries(t *testing.T, addr, other string) string {
	t.Helper()
	got, want := seriesOf(t, addr), seriesOf(t, other)
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			return fmt.Sprintf("%s\ngot  %s\nwant %s", key, got[key], want[key])
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("got  %v\nwant %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	return ""
}

// native is the buckets of a native histogram, or how many observations are in them.
func native(h *dto.Histogram, sum bool) string {
	buckets, total := map[int32]int64{}, int64(0)
	key, value, d := int32(0), int64(0), 0
	for _, s := range h.PositiveSpan {
		key += s.GetOffset()
		for range s.GetLength() {
			value += h.PositiveDelta[d]
			if value > 0 {
				buckets[key] = value
			}
			total += value
			key, d = key+1, d+1
		}
	}
	if sum {
		return fmt.Sprint(total)
	}
	return fmt.Sprint(buckets)
}

// The metrics of CoreDNS are the same whether the lane answers or the chain, or first the one and then the other.
func TestMetricsOfLaneAndChain(t *testing.T) {
	const corefile = "cluster.local in-addr.arpa example.org {\nbind 127.0.0.1\nprometheus 127.0.0.1:0\nloadbalance\n" +
		"kubenames cluster.local in-addr.arpa {\nmanifests cluster.yaml\nfallthrough in-addr.arpa\n%s}\nwhoami\n}"
	lane := startIn(t, fmt.Sprintf(corefile, "express 2\n"))
	chain := startIn(t, fmt.Sprintf(corefile, ""))
	lane.boards(t)
	addrs := [2]string{"dns://" + lane.udp, "dns://" + chain.udp}
	for round := range 3 {
		for _, name := range []string{
			"web.n.svc.cluster.local.", "_http._tcp.web.n.svc.cluster.local.", "nosuch.n.svc.cluster.local.", "cluster.local.", "n.svc.cluster.local.",
			"dns-version.cluster.local.", "1.0.96.10.in-addr.arpa.", "9.9.9.9.in-addr.arpa.", "a.example.org.", "example.com.", "Web.N.svc.cluster.local.",
		} {
			for _, typ := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeNS, dns.TypeSOA, dns.TypeTXT, dns.TypeANY,
				dns.TypeHTTPS, dns.TypeMX, dns.TypeDS, dns.TypeCAA, dns.TypeAVC, 65280, dns.TypeDNSKEY, dns.TypeNSEC, dns.TypeAXFR} {
				m := new(dns.Msg).SetQuestion(name, typ)
				if typ == dns.TypeA || round == 1 {
					m.SetEdns0(1232, round == 1)
				}
				for _, s := range []*server{lane, chain} {
					if _, err := s.plainly(m.Copy()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if trouble := eventually(func() string { // who was answered may be counted a moment later
			return sameSeries(t, addrs[0], addrs[1])
		}); trouble != "" {
			t.Fatal(trouble)
		}
		if round == 0 && lane.laneOf() < 50 {
			t.Fatal("the lane had no part in it")
		}
	}
	if n := gathered(t, "express_questions_total", "lane", addrs[0]); n < 100 {
		t.Errorf("express_questions_total is %v", n)
	}
}
