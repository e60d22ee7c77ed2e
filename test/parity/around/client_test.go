package around

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// How long to wait for an answer that is expected, and for one that is not.
const (
	patience = 5 * time.Second
	brief    = 150 * time.Millisecond
)

func now() uint64 { return uint64(time.Now().Unix()) }

// ask asks one question on PORT, and returns the reply and the message that it was, as it came. Signatures are verified,
// and then left out of the reply.
func (s *server) ask(q question) (dialog.Reply, *dns.Msg, error) {
	m := q.msg()
	packet, mac, err := q.pack(m)
	if err != nil {
		return dialog.Reply{}, nil, err
	}
	conn, err := s.dial(q)
	if err != nil {
		return dialog.Reply{}, nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(packet); err != nil {
		return dialog.Reply{}, nil, err
	}
	answer, err := conn.ReadMsgHeader(nil)
	if q.silent && errors.Is(err, os.ErrDeadlineExceeded) {
		return dialog.Reply{Silent: true}, nil, nil
	}
	if err != nil {
		return dialog.Reply{}, nil, fmt.Errorf("%s: %w", q.text, err)
	}
	if q.signed {
		if err := dns.TsigVerify(bytes.Clone(answer), tsigSecret, mac, false); err != nil {
			return dialog.Reply{}, nil, fmt.Errorf("%s: the reply's signature: %w", q.text, err)
		}
	}
	return q.read(m, answer)
}

// dial is a connection for one question.
func (s *server) dial(q question) (*dns.Conn, error) {
	from, to := netip.MustParseAddr("127.0.0.1"), host
	if q.from != "" {
		var err error
		if from, err = netip.ParseAddr(q.from); err != nil {
			return nil, err
		}
	}
	if from.Is6() {
		to = "::1"
	}
	network := "udp"
	dialer := net.Dialer{Timeout: patience, LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	if q.TCP {
		network = "tcp"
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	conn, err := dialer.Dial(network, net.JoinHostPort(to, s.ports[0]))
	if err != nil {
		return nil, err
	}
	wait := patience
	if q.silent {
		wait = brief
	}
	conn.SetDeadline(time.Now().Add(wait))
	return &dns.Conn{Conn: conn, UDPSize: dns.MaxMsgSize}, nil
}

// read takes the answer to the message m.
func (q question) read(m *dns.Msg, answer []byte) (dialog.Reply, *dns.Msg, error) {
	got := new(dns.Msg)
	if err := got.Unpack(answer); err != nil {
		return dialog.Reply{}, nil, fmt.Errorf("%s: %w", q.text, err)
	}
	if got.Id != m.Id || !got.Response {
		return dialog.Reply{}, nil, fmt.Errorf("%s: got id %d response %t, want %d true", q.text, got.Id, got.Response, m.Id)
	}
	if len(answer) > q.Budget() && !q.signed { // CoreDNS cuts nothing that it signs
		return dialog.Reply{}, nil, fmt.Errorf("%s: got %d bytes, want at most %d", q.text, len(answer), q.Budget())
	}
	raw := got.Copy()
	if err := unsign(got); err != nil {
		return dialog.Reply{}, nil, fmt.Errorf("%s: %w", q.text, err)
	}
	return dialog.Read(got, len(answer)), raw, nil
}

// unsign verifies what DNSSEC signed, and takes out of the message what differs whenever something is signed.
func unsign(m *dns.Msg) error {
	for _, section := range [][]dns.RR{m.Answer, m.Ns, m.Extra} {
		for _, rr := range section {
			switch rr := rr.(type) {
			case *dns.TSIG:
				rr.MAC, rr.TimeSigned, rr.OrigId = "", 0, 0
			case *dns.RRSIG:
				var set []dns.RR
				for _, other := range section {
					if h := other.Header(); h.Rrtype == rr.TypeCovered && h.Name == rr.Hdr.Name {
						set = append(set, other)
					}
				}
				if err := rr.Verify(zoneKey, set); err != nil {
					return fmt.Errorf("signature of %s %s: %w", rr.Hdr.Name, dns.Type(rr.TypeCovered), err)
				}
				rr.Signature, rr.Inception, rr.Expiration = "", 0, 0
			}
		}
	}
	return nil
}
