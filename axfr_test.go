package kubenames

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// transferred is what came of a transfer.
type transferred struct {
	rcode    int
	records  []dns.RR
	messages int
}

// startTransfer asks for a transfer; a serial makes it incremental (RFC 1995). The connection has a deadline.
func (s *server) startTransfer(zone string, serial *uint32) (*dns.Conn, error) {
	c, err := net.DialTimeout("tcp", s.tcp, patience)
	if err != nil {
		return nil, err
	}
	if err := c.(*net.TCPConn).SetReadBuffer(1 << 14); err != nil { // so that what is not read is not sent for long
		return nil, err
	}
	conn := &dns.Conn{Conn: c}
	m := new(dns.Msg)
	if m.SetAxfr(dns.Fqdn(zone)); serial != nil {
		m.SetIxfr(dns.Fqdn(zone), *serial, "ns.dns.", "hostmaster.")
	}
	if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		return nil, err
	}
	return conn, conn.WriteMsg(m)
}

// transfer transfers a zone.
func (s *server) transfer(zone string, serial *uint32) (t transferred, err error) {
	conn, err := s.startTransfer(zone, serial)
	if err != nil {
		return t, err
	}
	defer conn.Close()
	for soas := 0; soas < 2; {
		m, err := conn.ReadMsg()
		if err != nil {
			return t, err
		}
		t.messages++
		t.rcode = m.Rcode
		t.records = append(t.records, m.Answer...)
		for _, rr := range m.Answer {
			if rr.Header().Rrtype == dns.TypeSOA {
				soas++
			}
		}
		if m.Rcode != dns.RcodeSuccess || t.messages == 1 && serial != nil && len(m.Answer) == 1 {
			break
		}
	}
	return t, nil
}

func (s *script) transfer(st step) string {
	zone, want := st.args[0], st.want
	var q question
	var serial *uint32
	messages := 1
	for _, a := range st.args[1:] {
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "+count":
			q.count = true
		case "+messages":
			messages, _ = strconv.Atoi(value)
		case "serial":
			n := s.start().serial(zone)
			switch value {
			case "current":
			case "newer":
				n++
			case "older":
				n--
			default:
				i, _ := strconv.ParseUint(value, 10, 32)
				n = uint32(i)
			}
			serial = &n
		default:
			return fmt.Sprintf("transfer: unknown flag %q", a)
		}
	}
	once := func() string {
		t, err := s.start().transfer(zone, serial)
		if err != nil {
			return err.Error()
		}
		got := append([]string{dns.RcodeToString[t.rcode]}, q.section(t.records)...)
		s.got[st.at] = got
		switch {
		case t.messages < messages:
			return fmt.Sprintf("%d messages, want %d", t.messages, messages)
		case !*update && !slices.Equal(got, q.expected(want)):
			return "got\n\t" + strings.Join(got, "\n\t") + "\nwant\n\t" + strings.Join(q.expected(want), "\n\t")
		}
		return ""
	}
	if s.patient {
		return eventually(once)
	}
	return once()
}

// serial is the serial of a zone of ours.
func (s *server) serial(zone string) uint32 {
	for _, k := range s.handlers {
		if n := k.zone.Serial(zone); n != 0 {
			return n
		}
	}
	return 0
}
