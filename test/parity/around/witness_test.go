package around

import (
	"fmt"
	"io"
	golog "log"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asked is what those who only watch get to see.
var asked = []string{
	"A,AAAA,SRV,TXT api.shop.svc.cluster.local db.shop.svc.cluster.local", "A nosuch.shop.svc.cluster.local +edns=1232 +do",
	"SRV crowd.shop.svc.cluster.local +tcp", "PTR 10.0.96.10.in-addr.arpa", "A nowhere.test",
}

// askedBeyond has an alias too, for which the server asks itself.
var askedBeyond = append(slices.Clone(asked), "A away.shop.svc.cluster.local")

// TestLog has the same lines written.
func TestLog(t *testing.T) {
	p := start(t, `.:PORT {
    bind HOST
    log db.shop.svc.cluster.local "denied {type} {name} {rcode}" {
        class denial
    }
    log . "around {type} {name} {class} {proto} {size} {remote} {>do} {>bufsize} {rcode} {>rflags} {rsize}"
    template IN A example.org {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
    }
}
`)
	lines := map[*server][]string{}
	p.both(func(s *server) error {
		written := &buffer{}
		golog.SetOutput(written)
		defer golog.SetOutput(io.Discard)
		n, err := s.askAll(askedBeyond)
		if err != nil {
			return err
		}
		return eventually(func() error {
			lines[s] = regexp.MustCompile(`(around|denied) .*`).FindAllString(written.String(), -1)
			want := n - 3 + 1 // without the three of db that are no denials, and with the alias's target
			if len(lines[s]) != want {
				return fmt.Errorf("got %d lines, want %d:\n%s", len(lines[s]), want, strings.Join(lines[s], "\n"))
			}
			return nil
		})
	})
	same(t, lines[p.theirs], lines[p.ours],
		`around A api\.shop\.svc\.cluster\.local\. IN udp 44 127\.0\.0\.1 false 512 NOERROR qr,aa,rd [1-9]\d+`,
		`around A nosuch\.shop.* true 1232 NXDOMAIN qr,aa,rd [1-9]\d+`, `denied TXT db\.shop.* NOERROR`, `around SRV crowd.* tcp .* \d{5}`)
}

// TestMetrics has the same counted, each under its name.
func TestMetrics(t *testing.T) {
	p := start(t, `.:PORT {
    bind HOST
    prometheus HOST:PORT1
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
    }
}
`)
	lines := map[*server][]string{}
	p.both(func(s *server) error {
		n, err := s.askAll(asked)
		if err != nil {
			return err
		}
		return eventually(func() error {
			text, err := s.metrics()
			if err != nil {
				return err
			}
			lines[s] = nil
			for _, name := range []string{"requests_total", "responses_total", "request_size_bytes_count", "response_size_bytes_count"} {
				total := 0
				for _, words := range regexp.MustCompile(`(?m)^coredns_dns_`+name+`{.*server="dns://`+s.addr(0)+`".*} (\d+)$`).FindAllStringSubmatch(text, -1) {
					count, _ := strconv.Atoi(words[1])
					total += count
					lines[s] = append(lines[s], strings.NewReplacer(s.addr(0), "ADDRESS", `"`+s.plugin+`"`, `"PLUGIN"`).Replace(words[0]))
				}
				if total != n {
					return fmt.Errorf("%s: got %d, want %d", name, total, n)
				}
			}
			sum := regexp.MustCompile(`(?m)^coredns_dns_re.*_bytes_sum{(proto=".*",)server="dns://` + s.addr(0) + `"(.*)`)
			for _, words := range sum.FindAllStringSubmatch(text, -1) {
				lines[s] = append(lines[s], "bytes "+words[1]+words[2])
			}
			return nil
		})
	})
	same(t, lines[p.theirs], lines[p.ours],
		`coredns_dns_responses_total.*plugin="PLUGIN",rcode="NXDOMAIN".* 1$`, `coredns_dns_responses_total.*plugin="PLUGIN",rcode="NOERROR".* 10$`,
		`bytes proto="tcp".* \d{5}$`)
}

// metrics is what prometheus on PORT1 tells.
func (s *server) metrics() (string, error) {
	response, err := http.Get("http://" + s.addr(1) + "/metrics")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}
