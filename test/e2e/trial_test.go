package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/cluster"
	"github.com/kubenames/kubenames/test/e2e/dig"
	"github.com/kubenames/kubenames/test/e2e/node"
)

// trial is a server whose account lacks some of the rights that it should have.
type trial struct {
	deployment
	name  string
	lacks []right // of one resource; none: it has all
	paged bool    // it asks for lists in pages, as it does where the API server cannot stream them
	pods  bool    // it knows pods
	first map[string]string
	later map[string]string // more of the latter when the cluster has changed

	port    int
	until   time.Time // what is waited for has to come by then
	account *cluster.Account
	server  *cluster.Server
}

// blocked tells whether the server cannot list the resource at all: neither in pages nor in a watch that begins with a list.
func (tr *trial) blocked() bool { return tr.without("list") && (tr.paged || tr.without("watch")) }

func (tr *trial) without(verb string) bool {
	return slices.ContainsFunc(tr.lacks, func(r right) bool { return r.verb == verb })
}

// begin starts the server once the API server goes by its account's role.
func (tr *trial) begin(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if tr.account, err = kube.Grant(ctx, tr.name, url, rules(without(tr.rights, tr.lacks))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.account.Revoke(context.Background()) })
	tr.obeyed(t, tr.lacks)
	env, audit := []string{"KUBECONFIG=" + tr.account.Kubeconfig}, "10m"
	if len(tr.lacks) == 0 {
		audit = "1s"
	}
	if tr.paged {
		env = append(env, "KUBE_FEATURE_WatchListClient=false")
	}
	if tr.server, err = kube.RunDNS("coredns-"+tr.name, tr.on(t, tr.port, t.TempDir(), audit), env...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.server.Stop)
}

// obeyed waits until the API server denies what is lacking, and nothing else.
func (tr *trial) obeyed(t *testing.T, lacks []right) {
	t.Helper()
	for _, r := range tr.rights {
		want := !slices.Contains(lacks, r)
		tr.wait(t, func() error {
			if may, err := tr.account.May(context.Background(), r.group, r.resource, r.verb); err != nil || may != want {
				return fmt.Errorf("%s: %v, want %v: %w", r, may, want, err)
			}
			return nil
		})
	}
}

// restore gives the account all its rights.
func (tr *trial) restore(t *testing.T) {
	t.Helper()
	if err := tr.account.Change(context.Background(), rules(tr.rights)); err != nil {
		t.Fatal(err)
	}
	tr.obeyed(t, nil)
}

// missed tells what the server does without its rights.
func (tr *trial) missed(t *testing.T) {
	t.Helper()
	if tr.without("watch") && !tr.blocked() {
		tr.says(t, "watch")
	}
	if tr.blocked() {
		tr.says(t, "list")
		tr.wait(t, tr.knowsOthers)
		for name := range tr.first {
			tr.answers(t, name, "SERVFAIL", dns.ExtendedErrorCodeNotReady)
		}
		if _, err := get(fmt.Sprintf("http://%s:1%d/health", node.Address, tr.port)); err != nil {
			t.Error(err)
		}
	} else {
		tr.right(t, tr.first)
	}
	if ready := tr.ready(); ready == tr.blocked() {
		t.Errorf("ready: %v, want %v", ready, !ready)
	}
	tr.answers(t, "www.example.org.", "NXDOMAIN", 0)
}

// right waits for the server to say what is wanted.
func (tr *trial) right(t *testing.T, want map[string]string) {
	t.Helper()
	for name, data := range want {
		tr.answers(t, name, data, 0)
	}
}

// says waits for the log to name the verb and the resource that are forbidden.
func (tr *trial) says(t *testing.T, verb string) {
	t.Helper()
	r := tr.lacks[0]
	pattern := fmt.Sprintf(`(?m)^\[WARNING\] plugin/kubenames: %s %s: forbidden: .*User "%s" cannot %[1]s resource "%[2]s" in API group "%[4]s" at the cluster scope; needs list and watch on %[5]s$`,
		verb, r.resource, regexp.QuoteMeta(tr.account.Name), regexp.QuoteMeta(r.group), regexp.QuoteMeta(r.of()))
	is := regexp.MustCompile(pattern)
	tr.wait(t, func() error {
		said, err := tr.server.Said()
		if err == nil && !is.MatchString(said) {
			err = fmt.Errorf("nothing is like %s in\n%s", pattern, said)
		}
		return err
	})
}

// quiet tells that no other line of the log is of what is forbidden.
func (tr *trial) quiet(t *testing.T) {
	t.Helper()
	said, err := tr.server.Said()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(said) {
		if strings.Contains(line, "orbidden") && (len(tr.lacks) == 0 || !strings.Contains(line, "needs list and watch on "+tr.lacks[0].of())) {
			t.Errorf("the log has %s", line)
		}
	}
}

// knowsOthers tells whether the server has objects of all kinds but that of the resource that it lacks.
func (tr *trial) knowsOthers() error {
	text, err := get(fmt.Sprintf("http://%s:3%d/metrics", node.Address, tr.port))
	if err != nil {
		return err
	}
	for _, r := range tr.rights {
		want := "[1-9]"
		if r.resource == tr.lacks[0].resource {
			want = "0$"
		}
		pattern := `(?m)^coredns_kubenames_objects{kind="` + r.resource + `",.*} ` + want
		if !regexp.MustCompile(pattern).MatchString(text) {
			return fmt.Errorf("nothing is like %s", pattern)
		}
	}
	return nil
}

// audited tells whether the server has audited each kind, and found all as it should be.
func (tr *trial) audited() error {
	text, err := get(fmt.Sprintf("http://%s:3%d/metrics", node.Address, tr.port))
	if err != nil {
		return err
	}
	for _, r := range tr.rights {
		pattern := `(?m)^coredns_kubenames_audits_total{kind="` + r.resource + `",outcome="equal"} [1-9]`
		if !regexp.MustCompile(pattern).MatchString(text) {
			return fmt.Errorf("nothing is like %s", pattern)
		}
	}
	return nil
}

func (tr *trial) ready() bool {
	text, err := get(fmt.Sprintf("http://%s:2%d/ready", node.Address, tr.port))
	return err == nil && text == "OK"
}

// answers waits for the answer, and for the extended error with it; 0: none.
func (tr *trial) answers(t *testing.T, name, want string, trouble uint16) {
	t.Helper()
	tr.wait(t, func() error {
		reply, err := dig.Ask(context.Background(), fmt.Sprintf("%s:%d", node.Address, tr.port), name, dns.TypeA)
		if err != nil {
			return err
		}
		if got, why := dig.Show(reply), extended(reply); got != want || why != trouble {
			return fmt.Errorf("%s A: got %s with the extended error %d, want %s with %d", name, line(got), why, want, trouble)
		}
		return nil
	})
}

// extended is the code of a reply's extended error; 0: it has none.
func extended(reply *dns.Msg) uint16 {
	if opt := reply.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, ok := o.(*dns.EDNS0_EDE); ok {
				return e.InfoCode
			}
		}
	}
	return 0
}

// wait waits for ok to say yes.
func (tr *trial) wait(t *testing.T, ok func() error) {
	t.Helper()
	for ; ; time.Sleep(10 * time.Millisecond) {
		err := ok()
		if err == nil {
			return
		}
		if time.Now().After(tr.until) {
			t.Fatalf("%s: %v", tr.name, err)
		}
	}
}
