package kubenames

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// question is one question of a story, and how its answer is looked at.
type question struct {
	packet     []byte
	text       string
	tcp        bool
	budget     int // bytes that the answer may have
	ordered    bool
	count      bool
	eventually bool
	other      bool
	times      int // how often it is asked at once
}

// questions is the questions that an ask asks.
func questions(args []string) ([]question, error) {
	var q question
	var names []string
	var size int
	m := new(dns.Msg)
	var do, edns bool
	class := uint16(dns.ClassINET)
	for _, a := range args[1:] {
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "+tcp":
			q.tcp = true
		case "+rd":
			m.RecursionDesired = true
		case "+cd":
			m.CheckingDisabled = true
		case "+ad":
			m.AuthenticatedData = true
		case "+do":
			do = true
		case "+edns":
			edns = true
			size, _ = strconv.Atoi(value)
		case "+ordered":
			q.ordered = true
		case "+count":
			q.count = true
		case "+eventually":
			q.eventually = true
		case "+other":
			q.other = true
		case "+times":
			q.times, _ = strconv.Atoi(value)
		case "class":
			class = dns.StringToClass[value]
		case "opcode":
			m.Opcode = dns.StringToOpcode[value]
		default:
			if a[0] == '+' || strings.Contains(a, "=") {
				return nil, fmt.Errorf("ask: unknown flag %q", a)
			}
			names = append(names, dns.Fqdn(a))
		}
	}
	if edns {
		m.SetEdns0(uint16(size), do)
	}
	q.budget = max(512, size)
	if q.tcp {
		q.budget = dns.MaxMsgSize
	}
	var all []question
	for _, n := range names {
		for t := range strings.SplitSeq(args[0], ",") {
			code, ok := dns.StringToType[t]
			if digits, unknown := strings.CutPrefix(t, "TYPE"); !ok && unknown {
				n, err := strconv.ParseUint(digits, 10, 16)
				code, ok = uint16(n), err == nil
			}
			if !ok {
				return nil, fmt.Errorf("ask: unknown type %q", t)
			}
			m.Id = dns.Id()
			m.Question = []dns.Question{{Name: n, Qtype: code, Qclass: class}}
			var err error
			if q.packet, err = m.Pack(); err != nil {
				return nil, fmt.Errorf("ask: %s: %w", n, err)
			}
			q.text = t + " " + n
			all = append(all, q)
		}
	}
	return all, nil
}

// tell is the message in lines as a story has them.
func (q *question) tell(m *dns.Msg) []string {
	status := []string{dns.RcodeToString[m.Rcode]}
	if m.Opcode != dns.OpcodeQuery {
		status = append(status, dns.OpcodeToString[m.Opcode])
	}
	for _, f := range []struct {
		set  bool
		name string
	}{
		{m.Authoritative, "aa"}, {m.Truncated, "tc"}, {m.RecursionDesired, "rd"}, {m.RecursionAvailable, "ra"},
		{m.AuthenticatedData, "ad"}, {m.CheckingDisabled, "cd"}, {m.Zero, "z"},
	} {
		if f.set {
			status = append(status, f.name)
		}
	}
	authority := m.Ns
	if denial := tellDenial(authority); denial != "" {
		status, authority = append(status, denial), nil
	}
	var extra []dns.RR
	for _, rr := range m.Extra {
		if o, ok := rr.(*dns.OPT); ok {
			status = append(status, tellOPT(o)...)
		} else {
			extra = append(extra, rr)
		}
	}
	lines := append([]string{strings.Join(status, " ")}, q.section(m.Answer)...)
	if len(authority) > 0 {
		lines = append(append(lines, "authority:"), q.section(authority)...)
	}
	if len(extra) > 0 {
		lines = append(append(lines, "additional:"), q.section(extra)...)
	}
	return lines
}

// tellDenial is the SOA of a denial in short, if it is one of ours.
func tellDenial(authority []dns.RR) string {
	if len(authority) != 1 {
		return ""
	}
	soa, ok := authority[0].(*dns.SOA)
	if !ok || soa.Ns != join("ns.dns", soa.Hdr.Name) || soa.Mbox != join("hostmaster", soa.Hdr.Name) ||
		soa.Refresh != 7200 || soa.Retry != 1800 || soa.Expire != 86400 || soa.Hdr.Class != dns.ClassINET {
		return ""
	}
	if soa.Hdr.Ttl == 5 && soa.Minttl == 5 {
		return "soa=" + soa.Hdr.Name
	}
	return fmt.Sprintf("soa=%s,ttl=%d,minimum=%d", soa.Hdr.Name, soa.Hdr.Ttl, soa.Minttl)
}

func join(label, zone string) string {
	if zone == "." {
		return label + "."
	}
	return label + "." + zone
}

func tellOPT(o *dns.OPT) []string {
	words := []string{fmt.Sprintf("opt=%d", o.UDPSize())}
	if o.Do() {
		words = append(words, "do")
	}
	for _, option := range o.Option {
		if e, ok := option.(*dns.EDNS0_EDE); ok {
			words = append(words, fmt.Sprintf("ede=%d", e.InfoCode))
		} else {
			words = append(words, fmt.Sprintf("option=%d", option.Option()))
		}
	}
	return words
}

// section is the records in lines. The serial of an SOA is the time of a change: nothing to compare.
func (q *question) section(rrs []dns.RR) []string {
	var lines []string
	for _, rr := range rrs {
		text := strings.Join(strings.Fields(rr.String()), " ")
		if soa, ok := rr.(*dns.SOA); ok {
			text = strings.Replace(text, fmt.Sprintf(" %d ", soa.Serial), " SERIAL ", 1)
		}
		lines = append(lines, text)
	}
	if !q.count {
		if !q.ordered {
			slices.Sort(lines)
		}
		return lines
	}
	counts := map[string]int{}
	distinct := map[string]bool{}
	for i, rr := range rrs {
		word := dns.TypeToString[rr.Header().Rrtype]
		if srv, ok := rr.(*dns.SRV); ok {
			word += fmt.Sprintf(" of weight %d", srv.Weight)
		}
		if distinct[lines[i]] {
			word += " twice"
		}
		distinct[lines[i]] = true
		counts[word]++
	}
	lines = nil
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%d %s", counts[word], word))
	}
	return lines
}

// expected is what a story expects, with its sections in the order that tell gives them.
func (q *question) expected(want []string) []string {
	if q.ordered || q.count || len(want) == 0 {
		return want
	}
	sorted := slices.Clone(want)
	start := 1
	for i := 1; i <= len(sorted); i++ {
		if i == len(sorted) || strings.HasSuffix(sorted[i], ":") && !strings.Contains(sorted[i], " ") {
			slices.Sort(sorted[start:i])
			start = i + 1
		}
	}
	return sorted
}
