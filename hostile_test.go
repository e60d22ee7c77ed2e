package kubenames

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// silence is what becomes of a packet that has no answer.
const silence = -2

// packet is one that a stranger sends, with its rcode if it has to have one: -1 is any.
type packet struct {
	what  string
	data  []byte
	rcode int
}

// due reports whether there has to be an answer: the packet has a header, and is no answer itself (RFC 1035 4.1.1).
func (p packet) due() bool { return len(p.data) >= 12 && p.data[2]&0x80 == 0 }

const hostileName = "web.default.svc.cluster.local."

// plain is a question with an OPT, and what follows it.
func plain(options ...byte) []byte {
	m := new(dns.Msg).SetQuestion(hostileName, dns.TypeA)
	m.SetEdns0(1232, true)
	data, err := m.Pack()
	if err != nil {
		panic(err)
	}
	data = append(data, options...)
	binary.BigEndian.PutUint16(data[len(data)-len(options)-2:], uint16(len(options)))
	return data
}

// afterName is where the type of the question stands, and the OPT.
const (
	afterName = 12 + len(hostileName) + 1
	theOPT    = afterName + 4
)

// changed is a copy of the plain question in which those bytes stand at a place.
func changed(at int, bytes ...byte) []byte {
	data := plain()
	copy(data[at:], bytes)
	return data
}

// asking is a question without an OPT whose name is those bytes.
func asking(name ...byte) []byte {
	data := append([]byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, name...)
	return append(data, 0, 1, 0, 1)
}

// hostilePackets is every way that we know to make a packet wrong. Each has an id of its own.
func hostilePackets() (all []packet) {
	add := func(rcode int, data []byte, what string, args ...any) {
		all = append(all, packet{fmt.Sprintf(what, args...), slices.Clone(data), rcode})
	}
	add(dns.RcodeSuccess, plain(), "a question")
	for n := range plain() {
		rcode := dns.RcodeFormatError
		if n == 12 || n == afterName || n == afterName+2 || n == theOPT {
			rcode = -1 // nothing is half: the library takes what there is
		}
		add(rcode, plain()[:n], "cut to %d bytes", n)
	}
	for at := 2; at < len(plain()); at++ {
		for _, to := range []byte{0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff, plain()[at] ^ 1, plain()[at] + 1} {
			add(-1, changed(at, to), "byte %d is %#x", at, to)
		}
	}
	for i, count := range []string{"questions", "answers", "authorities", "additionals"} {
		for _, n := range []byte{0, 2, 3, 255} {
			rcode := dns.RcodeFormatError
			if n < 3 && i > 0 {
				rcode = -1
			}
			add(rcode, changed(4+2*i, n, n), "%d*257 %s", n, count)
			if i == 0 {
				add(dns.RcodeFormatError, changed(5, n), "%d questions", n)
			}
		}
	}
	for opcode := range byte(16) {
		rcode := dns.RcodeNotImplemented
		if opcode == dns.OpcodeQuery {
			rcode = dns.RcodeSuccess
		}
		add(rcode, changed(2, opcode<<3), "opcode %d", opcode)
		add(-1, changed(2, 0x80|opcode<<3), "an answer of opcode %d", opcode)
	}
	for _, class := range []uint16{0, 2, 3, 4, 254, 65535} {
		add(dns.RcodeRefused, changed(afterName+2, byte(class>>8), byte(class)), "class %d", class)
	}
	for _, typ := range []uint16{0, 6, 10, 24, 41, 249, 250, 253, 254, 255, 256, 32768, 65535} {
		add(-1, changed(afterName, byte(typ>>8), byte(typ)), "type %d", typ)
	}
	for _, typ := range []uint16{dns.TypeAXFR, dns.TypeIXFR} {
		add(dns.RcodeRefused, changed(afterName, byte(typ>>8), byte(typ)), "type %d", typ)
	}
	for _, version := range []byte{1, 2, 255} {
		add(dns.RcodeBadVers, changed(theOPT+6, version), "EDNS version %d", version)
	}
	add(dns.RcodeSuccess, append(changed(11, 2), plain()[theOPT:]...), "two OPTs") // FORMERR by RFC 6891 6.1.1; CoreDNS takes the last
	add(dns.RcodeBadVers, append(changed(11, 2), changed(theOPT+6, 1)[theOPT:]...), "two OPTs, the second of version 1")
	add(dns.RcodeFormatError, append(changed(11, 3), slices.Repeat(plain()[theOPT:], 2)...), "three OPTs")
	add(-1, changed(7, 1, 0, 0, 0, 0), "an OPT for an answer")
	add(-1, changed(theOPT, 0xc0, 12), "an OPT with a name")
	add(-1, append(plain(), make([]byte, 300)...), "bytes at the end")
	for what, name := range map[string][]byte{
		"a pointer to itself": {0xc0, 12}, "a pointer beyond the end": {0xff, 0xff},
		"half a pointer": {0xc0}, "two pointers to each other": {0xc0, 14, 0xc0, 12}, "a label and a pointer to it": {1, 'a', 0xc0, 12},
		"a label of type 01": {0x41, 'a', 0}, "a label of type 10": {0x81, 'a', 0}, "a label that is too long": append([]byte{64}, make([]byte, 65)...),
		"a label beyond the end": {63, 'a'}, "no end": {1, 'a'},
		"255 labels": append([]byte(strings.Repeat("\x01a", 255)), 0), "128 labels": append([]byte(strings.Repeat("\x01a", 128)), 0),
	} {
		add(dns.RcodeFormatError, asking(name...), "name: %s", what)
	}
	for what, name := range map[string][]byte{
		"a pointer to what follows": {0xc0, 14}, "a pointer to the header": {0xc0, 0},
		"127 labels": append([]byte(strings.Repeat("\x01a", 127)), 0), "zeros": {3, 0, 0, 0, 0}, "dots": {3, '.', '.', '.', 0},
		"dots in the zone": append([]byte("\x03a.b\x03svc\x07cluster\x05local"), 0), "the root": {0},
	} {
		add(-1, asking(name...), "name: %s", what)
	}
	return append(all, hostileOptions()...)
}

// hostileStreams is messages as long as only TCP takes them.
func hostileStreams() []packet {
	filled := func(start []byte, with byte) []byte {
		return append(start, slices.Repeat([]byte{with}, dns.MaxMsgSize-len(start))...)
	}
	nonsense := make([]byte, dns.MaxMsgSize)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(nonsense); i++ {
		nonsense[i] = byte(r.Uint32())
	}
	with := func(header ...byte) []byte { return append(slices.Clone(header), nonsense[len(header):]...) }
	padding := dns.MaxMsgSize - len(plain()) - 4
	return []packet{
		{"64 KiB of zeros", filled(nil, 0), dns.RcodeFormatError},
		{"64 KiB of ones", filled(nil, 0xff), silence},
		{"64 KiB of nonsense", with(0, 7, 1, 0), dns.RcodeFormatError},
		{"a question of 64 KiB of nonsense", with(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), dns.RcodeFormatError},
		{"a question, 64 KiB of zeros behind it", filled(plain(), 0), dns.RcodeSuccess},
		{"a question, 64 KiB of ones behind it", filled(plain(), 0xff), dns.RcodeSuccess},
		{"a question, 64 KiB of nonsense behind it", append(plain(), nonsense[len(plain()):]...), dns.RcodeSuccess},
		{"a question, 64 KiB of a record that is none behind it", append(changed(11, 2), nonsense[len(plain()):]...), dns.RcodeFormatError},
		{"a question with 64 KiB of padding", plain(append([]byte{0, 12, byte(padding >> 8), byte(padding)}, make([]byte, padding)...)...), dns.RcodeSuccess},
	}
}

// hostileOptions is questions whose OPT has options that are wrong.
func hostileOptions() (all []packet) {
	for what, option := range map[string][]byte{
		"a cookie of 7 bytes": {0, 10, 0, 7, 1, 2, 3, 4, 5, 6, 7}, "a cookie of 41 bytes": append([]byte{0, 10, 0, 41}, make([]byte, 41)...),
		"a good cookie": {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, "an unknown one": {0xff, 0, 0, 1, 1}, "padding": append([]byte{0, 12, 1, 0}, make([]byte, 256)...),
		"a client subnet": {0, 8, 0, 7, 0, 1, 24, 0, 10, 0, 0}, "another id": {0, 3, 0, 0}, "an EDE": {0, 15, 0, 2, 0, 1}, "two cookies": {0, 10, 0, 0, 0, 10, 0, 0},
	} {
		all = append(all, packet{"option: " + what, plain(option...), -1})
	}
	for what, option := range map[string][]byte{
		"a client subnet of 33 bits": {0, 8, 0, 8, 0, 1, 33, 0, 10, 0, 0, 0}, "a client subnet of family 3": {0, 8, 0, 5, 0, 3, 8, 0, 10},
		"a client subnet of 2 bytes": {0, 8, 0, 2, 0, 1}, "half a header": {0, 10, 0}, "a length beyond the end": {0, 10, 0, 9, 1}, "an EDE of one byte": {0, 15, 0, 1, 0},
	} {
		all = append(all, packet{"option: " + what, plain(option...), dns.RcodeFormatError})
	}
	return all
}
