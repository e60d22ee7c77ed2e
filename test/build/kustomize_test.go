package build

import (
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// TestKustomize renders deploy/ as `kubectl kustomize` does, alone and with each
// of its components.
func TestKustomize(t *testing.T) {
	base := render(t, "")
	want := []string{
		"ServiceAccount kube-system/coredns",
		"ClusterRole /system:coredns",
		"ClusterRoleBinding /system:coredns",
		"Deployment kube-system/coredns",
		"PodDisruptionBudget kube-system/coredns",
		"Service kube-system/kube-dns",
		"ConfigMap kube-system/coredns",
	}
	var got []string
	for _, object := range base.Resources() {
		got = append(got, object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("objects are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	insecure := objectText(t, base, "ConfigMap")
	if !strings.Contains(insecure, "pods insecure") {
		t.Errorf("the base's ConfigMap is\n%s\nwant pods insecure in it", insecure)
	}

	verified := render(t, "pods-verified")
	if got, want := objectText(t, verified, "ConfigMap"), strings.Replace(insecure, "pods insecure", "pods verified", 1); got != want {
		t.Errorf("with pods-verified the ConfigMap is\n%s\nwant\n%s", got, want)
	}
	if got := objectText(t, render(t, "multicluster"), "ConfigMap"); !strings.Contains(got, "multicluster clusterset.local") {
		t.Errorf("with multicluster the ConfigMap is\n%s\nwant multicluster clusterset.local in it", got)
	}
	for component, rule := range map[string]string{
		"pods-verified": "- apiGroups:\n  - \"\"\n  resources:\n  - pods\n  verbs:\n  - list\n  - watch\n",
		"multicluster":  "- apiGroups:\n  - multicluster.x-k8s.io\n  resources:\n  - serviceimports\n  verbs:\n  - list\n  - watch\n",
	} {
		if got, want := objectText(t, render(t, component), "ClusterRole"), objectText(t, base, "ClusterRole")+rule; got != want {
			t.Errorf("with %s the role is\n%s\nwant\n%s", component, got, want)
		}
	}
}

// render returns what an overlay renders that has deploy/ and one of its
// components, or none where component is empty.
func render(t *testing.T, component string) resmap.ResMap {
	t.Helper()
	deploy := filepath.Join(checkout(t), "deploy")
	overlay := filepath.Join(t.TempDir(), "overlay")
	relative, err := filepath.Rel(overlay, deploy)
	if err != nil {
		t.Fatal(err)
	}
	text := "resources:\n- " + relative + "\n"
	if component != "" {
		text += "components:\n- " + filepath.Join(relative, "components", component) + "\n"
	}
	disk := filesys.MakeFsOnDisk()
	if err := disk.MkdirAll(overlay); err != nil {
		t.Fatal(err)
	}
	if err := disk.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text)); err != nil {
		t.Fatal(err)
	}
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, overlay)
	if err != nil {
		t.Fatal(err)
	}
	return rendered
}

// objectText returns the one object of a kind as YAML.
func objectText(t *testing.T, objects resmap.ResMap, kind string) string {
	t.Helper()
	var found []string
	for _, object := range objects.Resources() {
		if object.GetKind() == kind {
			found = append(found, object.MustYaml())
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of %s, want 1", len(found), kind)
	}
	return found[0]
}
