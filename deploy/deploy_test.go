// Package deploy holds no code, only the manifests of a cluster's DNS and the
// test that they are what the API server and CoreDNS take.
package deploy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coredns/caddy/caddyfile"
	"github.com/coredns/coredns/core/dnsserver"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

// dns is the label by which the Service, the Deployment and the disruption
// budget find the pods.
var dns = map[string]string{"k8s-app": "kube-dns"}

func TestRole(t *testing.T) {
	role := find[*rbacv1.ClusterRole](t, "rbac.yaml")
	want := []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"services", "namespaces"}, Verbs: []string{"list", "watch"}},
		{APIGroups: []string{"discovery.k8s.io"}, Resources: []string{"endpointslices"}, Verbs: []string{"list", "watch"}},
	}
	if !reflect.DeepEqual(role.Rules, want) {
		t.Errorf("rules = %v, want %v and not one more", role.Rules, want)
	}

	account := find[*corev1.ServiceAccount](t, "rbac.yaml")
	binding := find[*rbacv1.ClusterRoleBinding](t, "rbac.yaml")
	if got := binding.RoleRef; got.Kind != "ClusterRole" || got.Name != role.Name {
		t.Errorf("the binding's role is %s %s, want ClusterRole %s", got.Kind, got.Name, role.Name)
	}
	wantSubjects := []rbacv1.Subject{{Kind: "ServiceAccount", Name: account.Name, Namespace: account.Namespace}}
	if !slices.Equal(binding.Subjects, wantSubjects) {
		t.Errorf("the binding's subjects are %v, want %v", binding.Subjects, wantSubjects)
	}
}

func TestCorefile(t *testing.T) {
	base := string(read(t, "Corefile"))
	block := parse(t, base)
	if got, want := words(block.Tokens["kubenames"])[:4], []string{"kubenames", "cluster.local", "in-addr.arpa", "ip6.arpa"}; !slices.Equal(got, want) {
		t.Errorf("the plugin's line is %q, want %q", got, want)
	}
	if _, ok := block.Tokens["kubernetes"]; ok {
		t.Error("kubernetes is in the block too, want kubenames alone")
	}

	for component, change := range map[string]*strings.Replacer{
		"pods-verified": strings.NewReplacer("pods insecure", "pods verified"),
		"multicluster": strings.NewReplacer("cluster.local ", "cluster.local clusterset.local ",
			"pods insecure\n", "pods insecure\n        multicluster clusterset.local\n"),
	} {
		want := change.Replace(base)
		if got := string(read(t, "components/"+component+"/Corefile")); got != want || want == base {
			t.Errorf("the Corefile of %s is\n%s\nwant\n%s", component, got, want)
		}
	}
}

// TestCorefileExample holds the cluster's Corefile that stands commented out in
// Corefile.example against the one that is deployed. The express lane is for who wants it.
func TestCorefileExample(t *testing.T) {
	_, commented, found := strings.Cut(string(read(t, "../Corefile.example")), "# .:53 {")
	if !found {
		t.Fatal("Corefile.example has no block for .:53 in its comments")
	}
	commented = strings.Replace(commented, "        express ", "        # express ", 1)
	got := parse(t, ".:53 {"+strings.ReplaceAll(commented, "\n# ", "\n"))
	want := parse(t, string(read(t, "Corefile")))
	for directive := range want.Tokens {
		if got, want := words(got.Tokens[directive]), words(want.Tokens[directive]); !slices.Equal(got, want) {
			t.Errorf("Corefile.example has %q, want %q", got, want)
		}
	}
	if len(got.Tokens) != len(want.Tokens) {
		t.Errorf("%d directives, want %d", len(got.Tokens), len(want.Tokens))
	}
}

// parse returns the only server block of a Corefile, in which every directive
// has to be one that CoreDNS with kubenames has.
func parse(t *testing.T, corefile string) caddyfile.ServerBlock {
	t.Helper()
	known := append(slices.Clone(dnsserver.Directives), "kubenames")
	blocks, err := caddyfile.Parse("Corefile", strings.NewReader(corefile), known)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) != 1 {
		t.Fatalf("%d server blocks, want 1", len(blocks))
	}
	return blocks[0]
}

func words(tokens []caddyfile.Token) []string {
	var text []string
	for _, token := range tokens {
		text = append(text, token.Text)
	}
	return text
}

func TestDeployment(t *testing.T) {
	deployment := find[*appsv1.Deployment](t, "deployment.yaml")
	spec := deployment.Spec.Template.Spec
	container := spec.Containers[0]

	if got := *deployment.Spec.Replicas; got < 2 {
		t.Errorf("replicas = %d, want 2 or more", got)
	}
	if got, want := spec.ServiceAccountName, find[*corev1.ServiceAccount](t, "rbac.yaml").Name; got != want {
		t.Errorf("serviceAccountName = %q, want %q", got, want)
	}
	if spec.DNSPolicy != corev1.DNSDefault {
		t.Errorf("dnsPolicy = %q, want Default: any other forwards the pod's queries to itself", spec.DNSPolicy)
	}
	if spec.PriorityClassName != "system-cluster-critical" {
		t.Errorf("priorityClassName = %q, want system-cluster-critical", spec.PriorityClassName)
	}
	if pod := spec.SecurityContext; pod == nil || pod.RunAsNonRoot == nil || !*pod.RunAsNonRoot || pod.RunAsUser == nil || *pod.RunAsUser == 0 {
		t.Errorf("pod securityContext = %v, want non-root with a uid", pod)
	}
	if profile := spec.SecurityContext.SeccompProfile; profile == nil || profile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("seccomp profile = %v, want RuntimeDefault", profile)
	}
	security := container.SecurityContext
	if security.AllowPrivilegeEscalation == nil || *security.AllowPrivilegeEscalation {
		t.Error("allowPrivilegeEscalation is not false")
	}
	if security.ReadOnlyRootFilesystem == nil || !*security.ReadOnlyRootFilesystem {
		t.Error("readOnlyRootFilesystem is not true")
	}
	wantCapabilities := &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}, Add: []corev1.Capability{"NET_BIND_SERVICE"}}
	if !reflect.DeepEqual(security.Capabilities, wantCapabilities) {
		t.Errorf("capabilities = %v, want %v", security.Capabilities, wantCapabilities)
	}
	limit := slices.IndexFunc(container.Env, func(e corev1.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
	if limit < 0 || container.Env[limit].ValueFrom.ResourceFieldRef.Resource != "limits.memory" {
		t.Error("GOMEMLIMIT does not come from limits.memory")
	}
	if container.Resources.Limits.Memory().IsZero() {
		t.Error("no memory limit")
	}
	snapshots := words(parse(t, string(read(t, "Corefile"))).Tokens["kubenames"])
	file := snapshots[slices.Index(snapshots, "snapshot")+1]
	mounted := slices.IndexFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == path.Dir(file) && !m.ReadOnly })
	if mounted < 0 || !slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool {
		return v.Name == container.VolumeMounts[mounted].Name && v.EmptyDir != nil
	}) {
		t.Errorf("%s is on no volume that can be written to", file)
	}
	for _, tc := range []struct {
		probe *corev1.Probe
		path  string
		port  int32 // where the plugin of that name listens
	}{
		{container.LivenessProbe, "/health", 8080},
		{container.ReadinessProbe, "/ready", 8181},
	} {
		if tc.probe == nil || tc.probe.HTTPGet == nil || tc.probe.HTTPGet.Path != tc.path {
			t.Errorf("probe = %v, want %s", tc.probe, tc.path)
			continue
		}
		if got := portNamed(container, tc.probe.HTTPGet.Port.StrVal); got != tc.port {
			t.Errorf("%s is asked on port %d, want %d", tc.path, got, tc.port)
		}
	}
}

func TestService(t *testing.T) {
	service := find[*corev1.Service](t, "service.yaml")
	deployment := find[*appsv1.Deployment](t, "deployment.yaml")
	container := deployment.Spec.Template.Spec.Containers[0]

	if service.Name != "kube-dns" || service.Namespace != "kube-system" || service.Spec.ClusterIP != "10.96.0.10" {
		t.Errorf("service %s/%s at %s, want kube-system/kube-dns at 10.96.0.10", service.Namespace, service.Name, service.Spec.ClusterIP)
	}
	for name, got := range map[string]map[string]string{
		"service":     service.Spec.Selector,
		"deployment":  deployment.Spec.Selector.MatchLabels,
		"pods":        deployment.Spec.Template.Labels,
		"budget":      find[*policyv1.PodDisruptionBudget](t, "deployment.yaml").Spec.Selector.MatchLabels,
		"other nodes": deployment.Spec.Template.Spec.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm.LabelSelector.MatchLabels,
	} {
		if !reflect.DeepEqual(got, dns) {
			t.Errorf("labels of %s = %v, want %v", name, got, dns)
		}
	}
	for _, port := range service.Spec.Ports {
		if got := portNamed(container, port.TargetPort.StrVal); got != port.Port {
			t.Errorf("port %s goes to %d, want %d", port.Name, got, port.Port)
		}
	}
	if got := len(service.Spec.Ports); got != 3 {
		t.Errorf("%d ports, want dns, dns-tcp and metrics", got)
	}
}

// portNamed returns the container's port of that name, 0 where it has none.
func portNamed(c corev1.Container, name string) int32 {
	for _, port := range c.Ports {
		if port.Name == name {
			return port.ContainerPort
		}
	}
	return 0
}

// find returns the one object of type T in the file. Every document of it has
// to be of a kind that Kubernetes knows, without an unknown or a double field.
func find[T runtime.Object](t *testing.T, file string) T {
	t.Helper()
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(read(t, file))))
	var found []T
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if wanted, ok := object.(T); ok {
			found = append(found, wanted)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d of %T, want 1", file, len(found), *new(T))
	}
	return found[0]
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
