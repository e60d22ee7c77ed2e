package build

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/tools/txtar"
)

// TestNeighbours starts a server with each plugin that there is beside the express lane, and one without a lane: both answer the same,
// and what the lane answers is what the plugin leaves it.
func TestNeighbours(t *testing.T) {
	binary := built(t)
	dir := furnish(t)
	archive, err := txtar.ParseFile("testdata/neighbours.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rest := strings.Fields(run(t, ".", binary, "-plugins"))
	rest = slices.DeleteFunc(rest, func(plugin string) bool { return plugin == "kubenames" })
	for _, f := range archive.Files {
		plugin, left, _ := strings.Cut(f.Name, ": ")
		rest = slices.DeleteFunc(rest, func(other string) bool { return other == plugin })
		t.Run(plugin, func(t *testing.T) {
			lines := strings.NewReplacer("DIR", dir, "HTTP", anything(t)).Replace(string(f.Data))
			lane := besides(t, binary, dir, lines, "express 2")
			chain := besides(t, binary, dir, lines, "")
			lane.compare(t, chain, plugin, left)
		})
	}
	if len(rest) > 0 {
		t.Errorf("%v: what is left of the express lane beside them?", rest)
	}
}

// built is the binary that `make build` makes.
func built(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(checkout(t), "build/coredns")
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("no %s: run make build", binary)
	}
	return binary
}

// neighbour is a server with a plugin in its block.
type neighbour struct {
	address, metrics string
	output           *output
}

func besides(t *testing.T, binary, dir, lines, option string) neighbour {
	t.Helper()
	n := neighbour{address: freeAddress(t), metrics: freeAddress(t), output: new(output)}
	_, port, _ := strings.Cut(n.address, ":")
	text := fmt.Sprintf("cluster.local:%s in-addr.arpa:%s {\nbind 127.0.0.1\n%skubenames cluster.local in-addr.arpa {\nmanifests %s\n"+
		"pods verified\nfallthrough in-addr.arpa\n%s\n}\n}\nmetrics.test:%s {\nbind 127.0.0.2\nprometheus %s\n}\n",
		port, port, lines, filepath.Join(checkout(t), "examples"), option, port, n.metrics)
	file := filepath.Join(t.TempDir(), "Corefile")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-conf", file)
	cmd.Env = append(os.Environ(), "AWS_REGION=us-east-1", "GOOGLE_APPLICATION_CREDENTIALS="+filepath.Join(dir, "google.json"))
	cmd.Stdout, cmd.Stderr = n.output, n.output
	start(t, cmd)
	return n
}

// row is a question, and what of the lane it needs.
type row struct {
	name string
	t    uint16
	do   bool
	not  string // the lane without which it is not answered there
}

var rowsOf = []row{
	{exampleName, dns.TypeA, false, ""},
	{strings.ToUpper(exampleName), dns.TypeAAAA, false, "no denials"},
	{"_http._tcp." + exampleName, dns.TypeSRV, false, ""},
	{"cluster.local.", dns.TypeSOA, false, ""},
	{"backend-headless.default.svc.cluster.local.", dns.TypeA, false, ""},
	{"34.12.96.10.in-addr.arpa.", dns.TypePTR, false, "no reverse"},
	{"nosuch.default.svc.cluster.local.", dns.TypeA, false, "no denials"},
	{exampleName, dns.TypeTXT, false, "no denials"},
	{exampleName, dns.TypeANY, false, "no ANY"},
	{exampleName, dns.TypeA, true, "no DO"},
	{"nosuch.default.svc.cluster.local.", dns.TypeA, true, "no DO, no denials"},
}

// compare asks both. The lane answers all but what it is without.
func (n neighbour) compare(t *testing.T, chain neighbour, plugin, left string) {
	t.Helper()
	for _, s := range []neighbour{n, chain} {
		eventually(t, func() error {
			_, err := s.ask(rowsOf[0])
			return err
		})
	}
	if left == "none" {
		eventually(t, func() error {
			if log := n.output.String(); !strings.Contains(log, "is not for the express lane: "+plugin+"\n") && !strings.Contains(log, "dns://"+n.address+": "+plugin+": ") {
				return fmt.Errorf("no line of the log names %s", plugin)
			}
			return nil
		})
	} else {
		eventually(t, func() error {
			if !strings.Contains(n.output.String(), "express lane for cluster.local. in-addr.arpa., 2 sockets") {
				return fmt.Errorf("no line of the log tells of the lane")
			}
			return nil
		})
	}
	for _, q := range rowsOf {
		before := n.taken(t)
		got, err := n.ask(q)
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := chain.ask(q)
		if err != nil {
			t.Error(err)
			continue
		}
		if got != want {
			t.Errorf("%s %s: with a lane\n%s\nwithout\n%s", q.name, dns.Type(q.t), got, want)
		}
		expected := left != "none" && !strings.Contains(q.not, left) && (plugin != "cache" || q.not != "no reverse")
		if by := n.taken(t) > before; by != expected {
			t.Errorf("%s %s: answered by the lane %t, want %t", q.name, dns.Type(q.t), by, expected)
		}
	}
}

// ask is the answer in text, without what signing and starting make different each time.
func (n neighbour) ask(q row) (string, error) {
	m := new(dns.Msg).SetQuestion(q.name, q.t)
	m.SetEdns0(4096, q.do)
	c := dns.Client{Timeout: 5 * time.Second, UDPSize: 4096}
	r, _, err := c.Exchange(m, n.address)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", q.name, dns.Type(q.t), err)
	}
	r.Id = 0
	for _, section := range [][]dns.RR{r.Answer, r.Ns, r.Extra} {
		for _, rr := range section {
			switch rr := rr.(type) {
			case *dns.RRSIG:
				rr.Signature, rr.Inception, rr.Expiration = "", 0, 0
			case *dns.SOA:
				rr.Serial = 0
			}
		}
		slices.SortFunc(section, func(a, b dns.RR) int { return strings.Compare(a.String(), b.String()) })
	}
	return r.String(), nil
}

// taken is how many questions the lane has answered.
func (n neighbour) taken(t *testing.T) (taken int) {
	t.Helper()
	r, err := http.Get("http://" + n.metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return questions(text, n.address)
}

// questions is how many questions metrics say that the lane at an address has answered.
func questions(metrics []byte, address string) (taken int) {
	for line := range bytes.Lines(metrics) {
		series := fmt.Sprintf(`coredns_kubenames_express_questions_total{by="lane",server="dns://%s"} `, address)
		if number, ok := strings.CutPrefix(string(line), series); ok {
			fmt.Sscan(number, &taken)
		}
	}
	return taken
}
