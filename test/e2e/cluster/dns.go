package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/miekg/dns"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Authorize applies what deploy, a kustomize folder, says of accounts and roles, and makes its ServiceAccount the one
// that CoreDNS runs as.
func (c *Cluster) Authorize(ctx context.Context, deploy string) error {
	text, err := c.Kubectl(ctx, nil, "kustomize", deploy)
	if err != nil {
		return err
	}
	var keep []string
	var account metav1.ObjectMeta
	for _, document := range strings.Split(text, "\n---\n") {
		var object metav1.PartialObjectMetadata
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return fmt.Errorf("%s: %w", deploy, err)
		}
		switch object.Kind {
		case "ServiceAccount":
			account = object.ObjectMeta
		case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		default:
			continue
		}
		keep = append(keep, document)
	}
	if account.Name == "" {
		return fmt.Errorf("%s: no ServiceAccount", deploy)
	}
	if _, err := c.Kubectl(ctx, strings.NewReader(strings.Join(keep, "\n---\n")), "apply", "-f", "-"); err != nil {
		return err
	}
	token, err := c.Kubectl(ctx, nil, "create", "token", "--namespace", account.Namespace, account.Name)
	if err != nil {
		return err
	}
	return c.writeKubeconfig(c.file("coredns.conf"), api, strings.TrimSpace(token))
}

// StartDNS runs CoreDNS with the Corefile, in which {$KUBECONFIG} is the account that Authorize made, and returns once
// it knows at address the Service of the API server. Call stop when done.
func (c *Cluster) StartDNS(ctx context.Context, name, corefile, address string) (stop func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	server, err := c.RunDNS(name, corefile, "KUBECONFIG="+c.file("coredns.conf"))
	if err != nil {
		return nil, err
	}
	question := new(dns.Msg).SetQuestion("kubernetes.default.svc.cluster.local.", dns.TypeA)
	err = server.Await(ctx, func() error {
		reply, err := dns.ExchangeContext(ctx, question, address)
		if err == nil && len(reply.Answer) == 0 {
			err = fmt.Errorf("%s: %s", question.Question[0].Name, dns.RcodeToString[reply.Rcode])
		}
		return err
	})
	if err != nil {
		server.Stop()
		return nil, err
	}
	return server.Stop, nil
}

// Server is a CoreDNS that runs.
type Server struct{ p *process }

// RunDNS runs CoreDNS with the Corefile, and env added to its environment. It may not serve yet. Stop it when done.
func (c *Cluster) RunDNS(name, corefile string, env ...string) (*Server, error) {
	if err := os.WriteFile(c.file(name+".corefile"), []byte(corefile), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(c.coredns, "-conf", c.file(name+".corefile"))
	cmd.Env = append(os.Environ(), env...)
	p, err := start(c.dir, name, cmd)
	return &Server{p}, err
}

// Await asks until ok says yes, the server ends, or ctx does.
func (s *Server) Await(ctx context.Context, ok func() error) error { return s.p.await(ctx, ok) }

// Said is all that it has logged so far.
func (s *Server) Said() (string, error) {
	text, err := os.ReadFile(s.p.log)
	return string(text), err
}

// Stop ends it, and returns once it has ended.
func (s *Server) Stop() { s.p.stop() }
