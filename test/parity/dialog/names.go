package dialog

import (
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// Types is what is asked for: those that have an answer somewhere, those that only deny, and some that nobody knows.
var Types = []uint16{
	dns.TypeA, dns.TypeAAAA, dns.TypeSRV, dns.TypePTR, dns.TypeTXT, dns.TypeCNAME, dns.TypeMX, dns.TypeSOA, dns.TypeNS, dns.TypeANY,
	dns.TypeHTTPS, dns.TypeDS, dns.TypeHINFO, dns.TypeCAA, dns.TypeNAPTR, dns.TypeDNSKEY, dns.TypeAXFR, dns.TypeIXFR, 65280, 0,
}

// Of is a question about the name, with all else by chance.
func Of(r *rand.Rand, name string, t uint16) Question {
	q := Question{Name: name, Type: t, Class: dns.ClassINET, RD: r.IntN(2) == 0, CD: r.IntN(8) == 0, AD: r.IntN(8) == 0, TCP: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		sizes := []uint16{0, 511, 512, 513, 700, 1232, 1480, 4096, 65535}
		q.EDNS, q.Size = true, sizes[r.IntN(len(sizes))]
		q.DO, q.Options = r.IntN(4) == 0, r.IntN(6) == 0
		if r.IntN(16) == 0 {
			q.Z = uint16(r.IntN(1 << 14))
		}
	}
	switch r.IntN(60) {
	case 0:
		q.Class = []uint16{dns.ClassCHAOS, dns.ClassANY, dns.ClassNONE, dns.ClassHESIOD, 4711}[r.IntN(5)]
	case 1:
		q.Opcode = []int{dns.OpcodeNotify, dns.OpcodeUpdate, dns.OpcodeStatus, 7}[r.IntN(4)]
	}
	return q
}

// Mixed is the name with letters in upper case here and there.
func Mixed(r *rand.Rand, name string) string {
	b := []byte(name)
	for i, c := range b {
		if 'a' <= c && c <= 'z' && r.IntN(2) == 0 {
			b[i] = c - 0x20
		}
	}
	return string(b)
}

// Neighbour is a name beside the name: a label more, one fewer, or one that is different.
func Neighbour(r *rand.Rand, name string) string {
	labels := dns.SplitDomainName(name)
	words := []string{"x", "_", "_tcp", "_udp", "tcp", "_http", "http", "*", "any", "svc", "pod", "-", "--", "10-0-0-1", "0", "f", "00", `a\.b`, `\000`, `\255`,
		"_zone", "pin", "fd00--1", "web-0", `a\ b`, "xn--bcher-kva", "10-0-0", "_sctp", "_-", "__tcp"}
	word := words[r.IntN(len(words))]
	at := 0
	if len(labels) > 0 {
		at = r.IntN(len(labels))
	}
	if r.IntN(2) == 0 {
		at = 0
	}
	switch kind := r.IntN(5); {
	case kind < 2 || len(labels) == 0:
		labels = append([]string{word}, labels...)
	case kind == 2:
		labels = append(labels[:at:at], labels[at+1:]...)
	case kind == 3:
		labels[at] = word
	default:
		labels = append(labels[:at:at], append([]string{word}, labels[at:]...)...)
	}
	n := dns.Fqdn(strings.Join(labels, "."))
	if _, ok := dns.IsDomainName(n); !ok {
		return name
	}
	return n
}

// Reverse is the reverse name of an address.
func Reverse(a netip.Addr) string {
	n, _ := dns.ReverseAddr(a.String())
	return n
}

// Dashed is the address with dashes.
func Dashed(text string) string {
	s := strings.NewReplacer(".", "-", ":", "-").Replace(text)
	if strings.HasSuffix(s, "-") {
		s += "0"
	}
	return s
}
