package around

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// question is what a client asks, and how.
type question struct {
	dialog.Question
	nsid, signed, silent bool
	aged                 bool   // TTLs may be some seconds less
	from                 string // the client's address; "" is 127.0.0.1
	text                 string
}

// questions are those of one line: TYPE[,TYPE...] NAME... [+FLAG...].
//
// Flags: +tcp, +do, +cd, +ch (class CH), +nsid, +signed (with TSIG), +edns=SIZE (4096 where another flag needs EDNS, else none), +norec
// (without RD), +silent (no answer is expected), +aged (from caches, whose seconds need not begin at once), +from=ADDRESS.
func questions(words []string) ([]question, error) {
	var base question
	base.RD, base.Class = true, dns.ClassINET
	var names []string
	for _, w := range words[1:] {
		flag, ok := strings.CutPrefix(w, "+")
		if !ok {
			names = append(names, dns.Fqdn(w))
			continue
		}
		flag, value, _ := strings.Cut(flag, "=")
		switch flag {
		case "tcp":
			base.TCP = true
		case "do":
			base.EDNS, base.DO = true, true
		case "cd":
			base.CD = true
		case "ch":
			base.Class = dns.ClassCHAOS
		case "norec":
			base.RD = false
		case "nsid":
			base.EDNS, base.nsid = true, true
		case "signed":
			base.signed = true
		case "silent":
			base.silent = true
		case "aged":
			base.aged = true
		case "from":
			base.from = value
		case "edns":
			size, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return nil, err
			}
			base.EDNS, base.Size = true, uint16(size)
		default:
			return nil, fmt.Errorf("flag %q: unknown", w)
		}
	}
	if base.EDNS && base.Size == 0 {
		base.Size = dns.DefaultMsgSize
	}
	var all []question
	for _, name := range names {
		for _, kind := range strings.Split(words[0], ",") {
			q := base
			var ok bool
			if q.Type, ok = dns.StringToType[kind]; !ok {
				return nil, fmt.Errorf("type %q: unknown", kind)
			}
			q.Name = name
			q.text = q.String()
			all = append(all, q)
		}
	}
	return all, nil
}

// msg is the question as a message.
func (q question) msg() *dns.Msg {
	m := q.Msg()
	if q.nsid {
		m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_NSID{Code: dns.EDNS0NSID})
	}
	return m
}

// pack is the question in bytes, and the MAC of its signature, if it has one.
func (q question) pack(m *dns.Msg) (packet []byte, mac string, err error) {
	if q.signed {
		m.SetTsig(tsigName, dns.HmacSHA256, 300, 0)
		m.Extra[len(m.Extra)-1].(*dns.TSIG).TimeSigned = now()
		return dns.TsigGenerate(m, tsigSecret, "", false)
	}
	packet, err = m.Pack()
	return packet, "", err
}
