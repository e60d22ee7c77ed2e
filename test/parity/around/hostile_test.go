package around

import (
	"context"
	"slices"
	"testing"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

const hostileCorefile = `.:PORT {
    bind HOST
    PLUGIN cluster.local {
        endpoint API
        LANE
    }
}
`

// opt is the bytes of an OPT.
func opt(version, size byte, do bool, options ...byte) []byte {
	flags := byte(0)
	if do {
		flags = 0x80
	}
	return append([]byte{0, 0, 41, size, 0, 0, version, flags, 0, 0, byte(len(options))}, options...)
}

// hostile is questions whose bytes no client makes, by what is wrong with them; those longer than a datagram are for TCP.
func hostile(t *testing.T, q question) map[string][]byte {
	plain, err := q.msg().Pack()
	if err != nil {
		t.Fatal(err)
	}
	with := func(additional byte, behind ...[]byte) []byte {
		packet := append(slices.Clone(plain), slices.Concat(behind...)...)
		packet[11] = additional
		return packet
	}
	return map[string][]byte{
		"two OPTs":                       with(2, opt(0, 4, false), opt(0, 4, false)),
		"two OPTs, the first is larger":  with(2, opt(0, 16, false), opt(0, 2, false)),
		"two OPTs, the second is larger": with(2, opt(0, 2, false), opt(0, 16, false)),
		"two OPTs, DO in the first":      with(2, opt(0, 4, true), opt(0, 4, false)),
		"two OPTs, DO in the second":     with(2, opt(0, 4, false), opt(0, 4, true)),
		"two OPTs, the first is new":     with(2, opt(1, 4, false), opt(0, 4, false)),
		"two OPTs, the second is new":    with(2, opt(0, 4, false), opt(1, 4, false)),
		"two OPTs, options in both":      with(2, opt(0, 4, false, 0, 3, 0, 0), opt(0, 4, false, 0, 3, 0, 0)),
		"three OPTs":                     with(3, opt(0, 4, false), opt(0, 4, false), opt(0, 4, false)),
		"an OPT that is promised":        with(1),
		"an OPT that is not counted":     with(0, opt(0, 4, true)),
		"bytes behind an OPT":            with(1, opt(0, 4, true), make([]byte, 9)),
		"64 KiB behind the question":     with(0, make([]byte, dns.MaxMsgSize-len(plain))),
		"64 KiB behind an OPT":           with(1, opt(0, 4, false), slices.Repeat([]byte{0xff}, dns.MaxMsgSize-len(plain)-11)),
		"64 KiB of a record":             with(1, slices.Repeat([]byte{0xff}, dns.MaxMsgSize-len(plain))),
	}
}

// TestHostile asks both what they make of questions that are wrong: the same, with an express lane and without, and never
// silence.
func TestHostile(t *testing.T) {
	base, err := questions([]string{"A", "api.shop.svc.cluster.local", "crowd.shop.svc.cluster.local", "nosuch.shop.svc.cluster.local"})
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, hostileCorefile)
	for _, q := range base {
		for name, packet := range hostile(t, q) {
			for _, network := range []string{"udp", "tcp"} {
				if len(packet) > 60_000 && network == "udp" {
					continue
				}
				if theirs, ours := hear(t, p.theirs, network, packet), hear(t, p.ours, network, packet); !equal(theirs, ours) {
					t.Errorf("%s: %s over %s:\n%s", q.text, name, network, show(theirs, ours))
				}
			}
		}
	}
}

// hear is the answer to a packet.
func hear(t *testing.T, s *server, network string, packet []byte) dialog.Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, _, err := overSocket(network, 0)(ctx, s, packet)
	m := new(dns.Msg)
	if err == nil {
		err = m.Unpack(answer)
	}
	if err != nil {
		t.Fatalf("%s: %v", s.plugin, err)
	}
	return dialog.Read(m, len(answer))
}
