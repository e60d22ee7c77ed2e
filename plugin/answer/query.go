package answer

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/miekg/dns"
)

// The most bytes that a name takes on the wire, and a label without its length (RFC 1035 2.3.4).
const (
	maxName  = 255
	maxLabel = 63
)

// padded is the length of a name's buffer: whole words.
const padded = 256

// Query is what of a request shapes its reply. The zero value asks nothing: SetMsg, Read or SetName make it ask.
// It belongs to one goroutine and may be used again.
type Query struct {
	Opcode  int
	Type    uint16
	Class   uint16
	Stream  bool   // the reply may be as long as a message can be (TCP)
	EDNS    bool   // the request has an OPT
	Size    uint16 // what the OPT says that the client takes; any value
	Flags   uint16 // of the OPT, DO among them
	Options bool   // the OPT has options
	Turn    uint32 // where an answer begins that does not fit whole, so that all records get their turn

	head   uint64 // what the reply begins with of it: ID, opcode, RD and CD
	text   string // the name as spelled, if it is known as a text
	name   []byte // on the wire, as spelled: in own, or in the packet
	lower  []byte // in lower case: the same bytes, or in folded
	length int
	starts [128]uint8 // where each label starts, and the root behind them
	labels int        // the root not counted
	zone   int        // where the zone starts in name, by SetZone
	end    string     // the zone in lower case, with the root

	own    [padded]byte
	folded [padded]byte
	target [padded]byte // for Reply.SetPointer
}

// Parts of the first eight bytes of a message (RFC 1035 4.1.1).
const (
	flagQR = 1 << 47
	flagAA = 1 << 42
	flagTC = 1 << 41
	flagRD = 1 << 40
	flagCD = 1 << 36
	one    = 1 << 16 // question
)

// ErrQuery says that bytes are not a query that can be answered without the rest of a server.
var ErrQuery = errors.New("not a plain query")

// SetMsg takes the request's first question and its OPT. It fails if there is no question, or if its name
// is not one.
func (q *Query) SetMsg(m *dns.Msg, stream bool) error {
	if len(m.Question) == 0 {
		return ErrQuery
	}
	q.Opcode, q.head = m.Opcode, uint64(m.Id)<<48|uint64(m.Opcode)<<43
	if m.Opcode == dns.OpcodeQuery && m.RecursionDesired {
		q.head |= flagRD
	}
	if m.Opcode == dns.OpcodeQuery && m.CheckingDisabled {
		q.head |= flagCD
	}
	q.Type, q.Class, q.Stream = m.Question[0].Qtype, m.Question[0].Qclass, stream
	q.EDNS, q.Size, q.Flags, q.Options = false, 0, 0, false
	if o := m.IsEdns0(); o != nil {
		q.EDNS, q.Size, q.Flags, q.Options = true, o.UDPSize(), uint16(o.Hdr.Ttl), len(o.Option) > 0
	}
	return q.SetName(m.Question[0].Name)
}

// SetName makes the text the name that is asked for.
func (q *Query) SetName(text string) error {
	n := q.setPlain(text)
	if n == 0 {
		var err error
		n, err = dns.PackDomainName(text, q.own[:maxName], 0, nil, false)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrQuery // an empty text is no name, not even the root
		}
		q.split(q.own[:n])
	}
	q.text = text
	q.take(q.own[:n])
	return nil
}

// setPlain writes a name in which nothing is escaped, which is most, and returns its length; 0 for any other, and for what
// is none.
func (q *Query) setPlain(text string) int {
	if len(text) < 2 || len(text) >= maxName || text[len(text)-1] != '.' || strings.IndexByte(text, '\\') >= 0 {
		return 0
	}
	copy(q.own[1:], text)
	q.labels = 0
	for at := 0; at < len(text); {
		n := strings.IndexByte(text[at:], '.')
		if n == 0 || n > maxLabel {
			return 0
		}
		q.own[at], q.starts[q.labels] = byte(n), uint8(at)
		q.labels++
		at += n + 1
	}
	q.own[len(text)], q.starts[q.labels] = 0, uint8(len(text))
	return len(text) + 1
}

// Read takes a packet, which is not to change as long as the query asks that. It fails with ErrQuery for everything but a
// QUERY of one question with at most an OPT of version 0 beside it.
func (q *Query) Read(packet []byte, stream bool) error {
	if len(packet) < question {
		return ErrQuery
	}
	first, opts := binary.BigEndian.Uint64(packet), binary.BigEndian.Uint32(packet[8:])
	if first&0xf800ffffffff != 1<<16 || opts > 1 {
		return ErrQuery
	}
	q.Opcode, q.head, q.Stream = dns.OpcodeQuery, first&(0xffff<<48|flagRD|flagCD), stream
	n, ok := q.split(packet[question:])
	off := question + n + 4
	if !ok || len(packet) < off {
		return ErrQuery
	}
	rest := packet[off-4:]
	asked := binary.BigEndian.Uint32(rest)
	q.Type, q.Class = uint16(asked>>16), uint16(asked)
	q.EDNS, q.Size, q.Flags, q.Options = false, 0, 0, false
	if opts == 1 && !q.readOPT(rest) || opts == 0 && len(rest) > 4 {
		return ErrQuery
	}
	q.text = ""
	q.take(packet[question : question+n])
	return nil
}

// readOPT reads an OPT that ends the packet (RFC 6891 6.1.2), behind four bytes.
func (q *Query) readOPT(b []byte) bool {
	if len(b) < 4+optLength || b[4] != 0 {
		return false
	}
	head, n := binary.BigEndian.Uint64(b[5:]), int(binary.BigEndian.Uint16(b[13:]))
	if head>>48 != uint64(dns.TypeOPT) || head&0xff0000 != 0 || len(b) != 4+optLength+n {
		return false
	}
	q.EDNS, q.Size, q.Flags, q.Options = true, uint16(head>>32), uint16(head), n > 0
	return n == 0 || areOptions(b[4+optLength:])
}

// areOptions reports whether the bytes are whole options.
func areOptions(b []byte) bool {
	for len(b) > 0 { // each option has its code, its length, and that many bytes (RFC 6891 6.1.2)
		if len(b) < 4 || len(b) < 4+int(binary.BigEndian.Uint16(b[2:])) {
			return false
		}
		b = b[4+int(binary.BigEndian.Uint16(b[2:])):]
	}
	return true
}

// split finds where the labels of an uncompressed name start, and how long it is.
func (q *Query) split(b []byte) (length int, ok bool) {
	b = b[:min(len(b), maxName)]
	labels := uint(0)
	for at := uint(0); at < uint(len(b)); labels++ {
		n := uint(b[at])
		q.starts[labels%uint(len(q.starts))] = uint8(at)
		if at += 1 + n; n-1 >= maxLabel { // the root, or no label
			q.labels = int(labels)
			return int(at), n == 0
		}
	}
	return 0, false
}

// take takes the bytes of a name as it is spelled, and keeps a copy of them only if that is not lower case.
func (q *Query) take(name []byte) {
	q.name, q.length = name, len(name)
	if q.lower = name; !isLower(name) {
		if q.fold(); string(q.lower) == string(name) {
			q.lower = name
		}
	}
	q.zone, q.end = q.length-1, root
}

// root is the root, until SetZone knows better.
const root = "\x00"

// Labels is the number of labels of the name.
func (q *Query) Labels() int { return q.labels }

// Label is label i in lower case, counted from the left; it is valid until the query asks something else.
func (q *Query) Label(i int) []byte {
	return q.lower[int(q.starts[i])+1 : q.starts[i+1]]
}

// Wire is labels i to j-1 in lower case, each with its length before it; valid like Label.
func (q *Query) Wire(i, j int) []byte { return q.lower[q.starts[i]:q.starts[j]] }

// Front is the first n labels, as Wire.
func (q *Query) Front(n int) []byte { return q.lower[:q.starts[n]] }

// SetZone says which zone answers. The name ends in it.
func (q *Query) SetZone(s Suffix) { q.zone, q.end = q.length-len(s.wire), s.wire }

// longestDatagram is the most that UDP over IPv4 carries (RFC 768, RFC 791 3.1): more the kernel would not send.
const longestDatagram = 65535 - 20 - 8

// budget is how many bytes the reply may have (RFC 1035 4.2.1, RFC 6891 6.2.3).
func (q *Query) budget() int {
	if q.Stream {
		return dns.MaxMsgSize
	}
	return min(max(dns.MinMsgSize, int(q.Size)), longestDatagram)
}

// spelled is the name as the client wrote it.
func (q *Query) spelled() string {
	if q.text == "" {
		q.text, _, _ = dns.UnpackDomainName(q.name[:q.length], 0)
	}
	return q.text
}

// suffix is the zone as the client wrote it.
func (q *Query) suffix() string {
	text, n := q.spelled(), q.length-1-q.zone
	switch {
	case n == 0:
		return "."
	case len(text) == q.length-1: // no escapes: texts and bytes have the same places
		return text[len(text)-n:]
	}
	suffix, _, _ := dns.UnpackDomainName(q.name[q.zone:q.length], 0)
	return suffix
}
