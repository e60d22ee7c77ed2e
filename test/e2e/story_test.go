package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/dig"
	"github.com/kubenames/kubenames/test/e2e/node"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

const (
	server = node.Address + ":53"   // CoreDNS with testdata/Corefile
	behind = node.Address + ":1053" // CoreDNS with testdata/Corefile.cache

	// patience is how long the control plane may take for anything that is asked of it.
	patience = 30 * time.Second

	// promise is how old what DNS says may be once the API has it.
	promise = 100 * time.Millisecond

	// notice is how long a story's names may take to follow, all of them together.
	notice = time.Second
)

// story is a test in a namespace, told to one server.
type story struct {
	*testing.T
	namespace string
	server    string
}

// begin makes a namespace for the story, unless it plays in default.
func begin(t *testing.T, namespace, server string) *story {
	t.Helper()
	s := &story{T: t, namespace: namespace, server: server}
	if namespace != "default" {
		s.kubectl("create", "namespace", namespace)
		t.Cleanup(func() { s.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false") })
	}
	return s
}

// kubectl runs kubectl in the story's namespace.
func (s *story) kubectl(args ...string) string {
	s.Helper()
	return s.feed("", args...)
}

func (s *story) feed(stdin string, args ...string) string {
	s.Helper()
	defer slow(s.T, time.Now(), "kubectl %v", args)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := kube.Kubectl(ctx, strings.NewReader(stdin), append([]string{"--namespace", s.namespace}, args...)...)
	if err != nil {
		s.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// apply applies a file of testdata, and deletes it in the end if the namespace stays.
func (s *story) apply(file string) {
	s.Helper()
	file = filepath.Join("testdata", file)
	s.kubectl("apply", "-f", file)
	if s.namespace == "default" {
		s.Cleanup(func() { s.kubectl("delete", "--cascade=foreground", "-f", file) })
	}
}

// get is one field of an object, as kubectl's JSONPath.
func (s *story) get(object, path string) string {
	s.Helper()
	return s.kubectl("get", object, "-o", "jsonpath={"+path+"}")
}

// settle waits until the ready endpoints of the Service are what ok wants, and tells since when they are.
func (s *story) settle(service string, ok func([]witness.Endpoint) bool) ([]witness.Endpoint, time.Time) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	endpoints, since, err := eye.Wait(ctx, s.namespace, service, ok)
	if err != nil {
		s.Fatal(err)
	}
	return endpoints, since
}

// count wants that many endpoints.
func count(n int) func([]witness.Endpoint) bool {
	return func(list []witness.Endpoint) bool { return len(list) == n }
}

// full is the absolute name of something in the story's namespace.
func (s *story) full(name string) string {
	return name + "." + s.namespace + ".svc.cluster.local."
}

// says asks once.
func (s *story) says(name, kind, want string) {
	s.Helper()
	if got := s.ask(name, kind); got != want {
		s.Errorf("%s %s: got %s, want %s", name, kind, line(got), line(want))
	}
}

// becomes asks until the answer is want, and fails if that is not within limit of since. If the story comes to ask only
// later, its first question has to find the right answer.
func (s *story) becomes(name, kind, want string, since time.Time, limit time.Duration) {
	s.Helper()
	if s.ask(name, kind) == want {
		s.Logf("%s %s: already right %v after the API had it", name, kind, age(since))
		return
	}
	late := max(age(since), limit) + 5*time.Second // to see what it would have been
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		got, after := s.ask(name, kind), age(since)
		switch {
		case got == want && after <= limit:
			s.Logf("%s %s: right %v after the API had it", name, kind, after)
			return
		case got == want:
			s.Errorf("%s %s: right %v after the API had it, want %v", name, kind, after, limit)
			return
		case after > late:
			s.Errorf("%s %s: got %s %v after the API had it, want %s", name, kind, line(got), after, line(want))
			return
		}
	}
}

// age is fit to be read.
func age(since time.Time) time.Duration { return time.Since(since).Round(10 * time.Microsecond) }

func (s *story) ask(name, kind string) string {
	s.Helper()
	reply, err := dig.Ask(context.Background(), s.server, name, dns.StringToType[kind])
	if err != nil {
		s.Fatalf("%s %s: %v", name, kind, err)
	}
	return dig.Show(reply)
}

// pod is a running pod of the story.
func (s *story) pod(name string) *node.Pod {
	s.Helper()
	s.kubectl("wait", "--for=condition=Ready", "--timeout=30s", "pod/"+name)
	p := kubelet.Pod(s.namespace, name)
	if p == nil {
		s.Fatalf("pod %s/%s: ready, and does not run", s.namespace, name)
	}
	return p
}

// dig runs dig on the node, and returns what the last reply says.
func (s *story) dig(args ...string) *dns.Msg {
	s.Helper()
	host, port, _ := strings.Cut(s.server, ":")
	reply, err := dig.Run(exec.Command("dig", append([]string{"@" + host, "-p", port}, args...)...))
	if err != nil {
		s.Fatal(err)
	}
	return reply
}

// readCorefile reads a file of testdata. KUBENAMES_DIRECTIVE lets another directive serve the stories, such as kubernetes.
func readCorefile(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		return "", err
	}
	if other := os.Getenv("KUBENAMES_DIRECTIVE"); other != "" {
		return strings.ReplaceAll(string(text), "    kubenames ", "    "+other+" "), nil
	}
	return string(text), nil
}

// slow says what took longer since began than one would think, and fails nothing.
func slow(t *testing.T, began time.Time, format string, args ...any) {
	t.Helper()
	if took := age(began); took > 3*time.Second {
		t.Logf("slow: "+format+": %v", append(args, took)...)
	}
}

// line keeps long answers short in a test's output.
func line(answer string) string {
	lines := strings.Split(answer, "\n")
	if len(lines) > 8 {
		return fmt.Sprintf("%d records, the first %q", len(lines), lines[:8])
	}
	return fmt.Sprintf("%q", lines)
}
