// Package dialog asks servers over UDP and TCP, and writes down what they say so that it can be compared.
package dialog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Question is all that a client decides.
type Question struct {
	Name          string
	Type, Class   uint16
	Opcode        int
	RD, CD, AD    bool
	EDNS, DO      bool
	Z             uint16 // other bits of the OPT's flags
	Size          uint16
	Options, TCP  bool
	ExpectSilence bool // do not wait long
}

// Msg is the question as a message.
func (q Question) Msg() *dns.Msg {
	m := new(dns.Msg)
	m.Id = dns.Id()
	m.Opcode, m.RecursionDesired, m.CheckingDisabled, m.AuthenticatedData = q.Opcode, q.RD, q.CD, q.AD
	m.Question = []dns.Question{{Name: q.Name, Qtype: q.Type, Qclass: q.Class}}
	if q.EDNS {
		o := &dns.OPT{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeOPT}}
		o.SetUDPSize(q.Size)
		o.SetDo(q.DO)
		o.SetZ(q.Z)
		if q.Options {
			o.Option = []dns.EDNS0{
				&dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "24a5ac1223344556"},
				&dns.EDNS0_LOCAL{Code: dns.EDNS0LOCALSTART, Data: []byte("local")},
			}
		}
		m.Extra = []dns.RR{o}
	}
	return m
}

// Plain is the question without all that does not change what is known.
func (q Question) Plain() Question {
	return Question{Name: q.Name, Type: q.Type, Class: q.Class, TCP: true}
}

// With is the question about another name and type.
func (q Question) With(name string, t uint16) Question {
	q.Name, q.Type = name, t
	return q
}

// Budget is how long the answer may be.
func (q Question) Budget() int {
	switch {
	case q.TCP:
		return dns.MaxMsgSize
	case q.EDNS:
		return max(dns.MinMsgSize, int(q.Size))
	}
	return dns.MinMsgSize
}

// String is the question in a line.
func (q Question) String() string {
	s := fmt.Sprintf("%s %s %s", q.Name, dns.Class(q.Class), dns.Type(q.Type))
	for _, f := range []struct {
		is   bool
		word string
	}{
		{q.TCP, "+tcp"}, {q.RD, "+rd"}, {q.CD, "+cd"}, {q.AD, "+ad"}, {q.EDNS, fmt.Sprintf("+edns=%d", q.Size)}, {q.DO, "+do"}, {q.Z != 0, "+z"},
		{q.Options, "+options"}, {q.Opcode != 0, "opcode=" + dns.OpcodeToString[q.Opcode]},
	} {
		if f.is {
			s += " " + f.word
		}
	}
	return s
}

// Reply is what a server said. Serials are zero.
type Reply struct {
	Silent                    bool
	Rcode, Opcode             int
	AA, TC, RD, RA, AD, CD, Z bool
	Question                  string
	Answer, Authority, Extra  []dns.RR // without the OPT
	OPT                       string
	Length                    int
}

// Read takes a message.
func Read(m *dns.Msg, length int) Reply {
	r := Reply{
		Rcode: m.Rcode, Opcode: m.Opcode, AA: m.Authoritative, TC: m.Truncated, RD: m.RecursionDesired, RA: m.RecursionAvailable,
		AD: m.AuthenticatedData, CD: m.CheckingDisabled, Z: m.Zero, Answer: m.Answer, Authority: m.Ns, Length: length,
	}
	for _, q := range m.Question {
		r.Question += q.String()
	}
	for _, rr := range m.Extra {
		if o, ok := rr.(*dns.OPT); ok {
			r.OPT += fmt.Sprintf("version %d size %d do %t z %x;", o.Version(), o.UDPSize(), o.Do(), o.Z())
			for _, option := range o.Option {
				r.OPT += fmt.Sprintf(" %d %s;", option.Option(), option)
			}
			continue
		}
		r.Extra = append(r.Extra, rr)
	}
	for _, rr := range slices.Concat(r.Answer, r.Authority) {
		if s, ok := rr.(*dns.SOA); ok {
			s.Serial = 0
		}
	}
	return r
}

// Lines is the reply as text, sections in the order of their text. Two replies are equal if their lines are.
func (r Reply) Lines() []string {
	if r.Silent {
		return []string{"silence"}
	}
	flags := ""
	for _, f := range []struct {
		is   bool
		word string
	}{{r.AA, " aa"}, {r.TC, " tc"}, {r.RD, " rd"}, {r.RA, " ra"}, {r.AD, " ad"}, {r.CD, " cd"}, {r.Z, " z"}} {
		if f.is {
			flags += f.word
		}
	}
	lines := []string{dns.RcodeToString[r.Rcode] + " " + dns.OpcodeToString[r.Opcode] + flags, "question " + r.Question, "opt " + r.OPT}
	lines = append(lines, section("answer", r.Answer)...)
	lines = append(lines, section("authority", r.Authority)...)
	return append(lines, section("additional", r.Extra)...)
}

func section(name string, rrs []dns.RR) []string {
	var lines []string
	for _, rr := range rrs {
		lines = append(lines, name+" "+strings.Join(strings.Fields(rr.String()), " "))
	}
	slices.Sort(lines)
	return lines
}

// String is the reply as indented lines.
func (r Reply) String() string { return "    " + strings.Join(r.Lines(), "\n    ") }
