// Package dig asks DNS servers from the outside: with the program dig, or, where microseconds count, with a client in
// this process.
package dig

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// header matches dig's account of a reply's header.
var header = regexp.MustCompile(`status: (\w+), id: \d+\n;; flags: ([a-z ]*);`)

// Run runs the dig command and returns the reply that it shows.
func Run(cmd *exec.Cmd) (*dns.Msg, error) {
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, out)
	}
	return Parse(out)
}

// Parse reads the last reply in dig's output. Of the header it takes the status and TC.
func Parse(out []byte) (*dns.Msg, error) {
	at := bytes.LastIndex(out, []byte(";; ->>HEADER<<-"))
	if at < 0 {
		return nil, fmt.Errorf("dig: no reply: %q", out)
	}
	text := string(out[at:])
	words := header.FindStringSubmatch(text)
	if words == nil {
		return nil, fmt.Errorf("dig: no status: %q", text)
	}
	msg := new(dns.Msg)
	msg.Rcode = dns.StringToRcode[words[1]]
	msg.Truncated = slices.Contains(strings.Fields(words[2]), "tc")
	var section *[]dns.RR
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case line == ";; ANSWER SECTION:":
			section = &msg.Answer
		case line == ";; AUTHORITY SECTION:":
			section = &msg.Ns
		case line == ";; ADDITIONAL SECTION:":
			section = &msg.Extra
		case line == "" || line[0] == ';':
			section = nil
		case section != nil:
			rr, err := dns.NewRR(line)
			if err != nil {
				return nil, fmt.Errorf("dig: %q: %w", line, err)
			}
			*section = append(*section, rr)
		}
	}
	return msg, nil
}

// Ask asks the server over UDP, and over TCP if the reply says that there is more.
func Ask(ctx context.Context, server, name string, kind uint16) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	query := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind).SetEdns0(dns.DefaultMsgSize, false)
	client := dns.Client{UDPSize: dns.DefaultMsgSize}
	reply, _, err := client.ExchangeContext(ctx, query, server)
	if err != nil || !reply.Truncated {
		return reply, err
	}
	client.Net = "tcp"
	reply, _, err = client.ExchangeContext(ctx, query, server)
	return reply, err
}

// Show is what a reply says, in a form to compare and to read: NXDOMAIN and the like; NODATA; or the data of the
// records that answer, sorted.
func Show(msg *dns.Msg) string {
	if msg.Rcode != dns.RcodeSuccess {
		return dns.RcodeToString[msg.Rcode]
	}
	if len(msg.Answer) == 0 {
		return "NODATA"
	}
	return strings.Join(Data(msg.Answer), "\n")
}

// Data lists what stands right of the type of each record, sorted; a CNAME keeps its type.
func Data(records []dns.RR) (data []string) {
	for _, rr := range records {
		text := strings.TrimPrefix(rr.String(), rr.Header().String())
		if rr.Header().Rrtype == dns.TypeCNAME {
			text = "CNAME " + text
		}
		data = append(data, text)
	}
	slices.Sort(data)
	return data
}
