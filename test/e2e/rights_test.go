package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubenames/kubenames/test/e2e/node"
)

// right is a verb that a role allows on a resource.
type right struct{ group, resource, verb string }

// String is as rules are told to people: list endpointslices.discovery.k8s.io.
func (r right) String() string { return r.verb + " " + r.of() }

// of is the resource, with its group if it has one.
func (r right) of() string { return strings.TrimSuffix(r.resource+"."+r.group, ".") }

// rights is what rules allow, one by one.
func rights(rules []rbacv1.PolicyRule) (all []right) {
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, right{group, resource, verb})
				}
			}
		}
	}
	return all
}

// rules allows the rights, and no more.
func rules(all []right) (rules []rbacv1.PolicyRule) {
	for _, r := range all {
		rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{r.group}, Resources: []string{r.resource}, Verbs: []string{r.verb}})
	}
	return rules
}

// without is the rights but for those.
func without(all, those []right) []right {
	return slices.DeleteFunc(slices.Clone(all), func(r right) bool { return slices.Contains(those, r) })
}

// deployment is what deploy has for a server: a role, and the Corefile that is to get along with it.
type deployment struct {
	rights   []right
	corefile string
}

// deployed renders deploy, alone or with one of its components.
func deployed(t *testing.T, component string) (d deployment) {
	t.Helper()
	overlay := t.TempDir()
	deploy, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	if deploy, err = filepath.Rel(overlay, deploy); err != nil {
		t.Fatal(err)
	}
	text := "resources: [" + deploy + "]\n"
	if component != "" {
		text += "components: [" + filepath.Join(deploy, "components", component) + "]\n"
	}
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rendered, err := kube.Kubectl(context.Background(), nil, "kustomize", overlay)
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(rendered, "\n---\n") {
		var kind metav1.TypeMeta
		var role rbacv1.ClusterRole
		var files corev1.ConfigMap
		err := yaml.Unmarshal([]byte(document), &kind)
		switch {
		case err == nil && kind.Kind == "ClusterRole":
			err = yaml.Unmarshal([]byte(document), &role)
			d.rights = rights(role.Rules)
		case err == nil && kind.Kind == "ConfigMap":
			err = yaml.Unmarshal([]byte(document), &files)
			d.corefile = files.Data["Corefile"]
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(d.rights) == 0 || d.corefile == "" {
		t.Fatalf("deploy %s: %d rights and %d bytes of a Corefile", component, len(d.rights), len(d.corefile))
	}
	return d
}

// on is the Corefile for this node, with the port and others that follow from it, with a folder for the snapshot, and with
// audits as often as that.
func (d deployment) on(t *testing.T, port int, dir, audit string) string {
	t.Helper()
	corefile := d.corefile
	for _, change := range [][2]string{
		{".:53 {", fmt.Sprintf(".:%d {\n    bind %s", port, node.Address)},
		{"    health {\n        lameduck 5s\n    }\n", fmt.Sprintf("    health %s:1%d\n", node.Address, port)}, // nobody waits for its end
		{"    ready\n", fmt.Sprintf("    ready %s:2%d\n", node.Address, port)},
		{" :9153", fmt.Sprintf(" %s:3%d", node.Address, port)},
		{"        ttl 30\n", "        ttl 30\n        kubeconfig {$KUBECONFIG}\n        startup_timeout 0\n        audit " + audit + "\n"},
		{"/var/lib/kubenames", dir},
		{"/etc/resolv.conf", node.Address + ":53"}, // where there is no name
	} {
		if strings.Count(corefile, change[0]) != 1 {
			t.Fatalf("want one %q in\n%s", change[0], d.corefile)
		}
		corefile = strings.Replace(corefile, change[0], change[1], 1)
	}
	return corefile
}
