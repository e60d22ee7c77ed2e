package kube

import (
	"context"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// watchFolder runs a source of the path.
func watchFolder(t *testing.T, path string) (*recorder, *Manifests, func()) {
	t.Helper()
	r := newRecorder()
	m, err := NewManifests([]string{path}, Options{Report: r.report})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, m, r)
	eventually(t, r, "first picture", func() bool { return r.replacements(cluster.KindService) == 1 })
	return r, m, stop
}

func TestManifestsFollow(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "a.yaml", webService)
	r, m, stop := watchFolder(t, folder)
	if !r.has("services shop/web", "namespaces shop") {
		t.Fatalf("first picture: %s", r)
	}

	put(t, folder, "new/deep/b.json", `{"kind": "Service", "apiVersion": "v1", "metadata": {"name": "b"}}`)
	eventually(t, r, "file in a new folder", func() bool { return r.has("services default/b", "services shop/web") })
	put(t, folder, "new/deep/c.yml", dbService)
	eventually(t, r, "file beside it", func() bool { return r.has("services default/db") })
	put(t, folder, ".hidden.yaml", strings.ReplaceAll(dbService, "db", "hidden"))
	put(t, folder, "notes.txt", "hello")

	replace := func(text string) { // at one stroke: an empty file is a change, too
		put(t, folder, "tmp", text)
		if err := os.Rename(filepath.Join(folder, "tmp"), filepath.Join(folder, "a.yaml")); err != nil {
			t.Fatal(err)
		}
	}
	replace("kind: Service\nspec: [\n")
	eventually(t, r, "report of the broken file", func() bool { return r.reported(filepath.Join(folder, "a.yaml")+":") == 1 })
	if !r.has("services shop/web", "!services default/hidden") {
		t.Errorf("the last good state is lost: %s", r)
	}
	eventually(t, r, "stats", func() bool { return m.Stats() == Stats{Files: 3, Broken: 1, Objects: 5} })

	replace(strings.ReplaceAll(webService, "web", "shop"))
	eventually(t, r, "file replaced by rename", func() bool { return r.has("services shop/shop", "!services shop/web") })
	eventually(t, r, "stats", func() bool { return m.Stats().Broken == 0 })

	put(t, folder, "new/deep/c.yml", "")
	eventually(t, r, "file removed", func() bool { return r.has("!services default/db", "services default/b") })
	if err := os.RemoveAll(filepath.Join(folder, "new")); err != nil {
		t.Fatal(err)
	}
	eventually(t, r, "folder removed", func() bool { return r.has("!services default/b", "!namespaces default") })
	if n := r.reported(""); n != 1 {
		t.Errorf("got %d reports, want 1: %s", n, r)
	}
	stop()
	eventually(t, r, "end of the watcher", func() bool {
		var left strings.Builder
		pprof.Lookup("goroutine").WriteTo(&left, 1)
		return !strings.Contains(left.String(), "fsnotify")
	})
}

// A ConfigMap is mounted as links into a folder that a link leads to; an update replaces that link.
func TestManifestsConfigMap(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "..1/web.yaml", webService)
	put(t, folder, "..2/web.yaml", strings.ReplaceAll(webService, "web", "two"))
	for from, to := range map[string]string{"..data": "..1", "..next": "..2", "web.yaml": "..data/web.yaml"} {
		if err := os.Symlink(to, filepath.Join(folder, from)); err != nil {
			t.Fatal(err)
		}
	}
	r, m, _ := watchFolder(t, folder)
	if !r.has("services shop/web") || m.Stats().Files != 1 {
		t.Fatalf("first picture: %s", r)
	}
	if err := os.Rename(filepath.Join(folder, "..next"), filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
	eventually(t, r, "update", func() bool { return r.has("services shop/two", "!services shop/web") })
	put(t, folder, "..2/web.yaml", strings.ReplaceAll(webService, "web", "three"))
	eventually(t, r, "edit behind the links", func() bool { return r.has("services shop/three") })
}

func TestManifestsSingleFile(t *testing.T) {
	folder := t.TempDir()
	real := put(t, folder, "real/v1/x.conf", webService)
	link := filepath.Join(folder, "link")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	r, _, _ := watchFolder(t, link)
	put(t, folder, "real/v1/x.conf", strings.ReplaceAll(webService, "web", "two"))
	eventually(t, r, "edit of what the link leads to", func() bool { return r.has("services shop/two") })
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	eventually(t, r, "removal", func() bool { return r.has("!services shop/two") && r.reported("no such file") == 1 })
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	eventually(t, r, "return", func() bool { return r.has("services shop/two") })
}

func TestManifestsDoubles(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "a.yaml", webService)
	put(t, folder, "b.yaml", strings.ReplaceAll(webService, "10.0.0.1", "10.0.0.2"))
	r, _, _ := watchFolder(t, folder)
	if got := r.get(cluster.KindService, "shop", "web").(*cluster.Service).IPs.At(0).String(); got != "10.0.0.2" {
		t.Errorf("got %s, want that of the later file", got)
	}
	put(t, folder, "c.yaml", dbService)
	eventually(t, r, "another file", func() bool { return r.has("services default/db") })
	if n := r.reported("Service shop/web is in", "a.yaml:1", "b.yaml:1"); n != 1 {
		t.Errorf("got %d reports, want 1: %s", n, r)
	}
	put(t, folder, "b.yaml", "")
	eventually(t, r, "the other one", func() bool {
		s, _ := r.get(cluster.KindService, "shop", "web").(*cluster.Service)
		return s != nil && s.IPs == ips("10.0.0.1")
	})
}

// A file in the folder in which the server was started is watched, not only looked at now and then.
func TestManifestsRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, ".", "web.yaml", webService)
	m, err := NewManifests([]string{"web.yaml"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	watch := &folders{watcher: watcher}
	if _, errs := m.scan(watch); len(errs) > 0 {
		t.Fatal(errs)
	}
	put(t, ".", "web.yaml", strings.ReplaceAll(webService, "web", "two"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if pause(ctx, watch, watcher.Events, nil, nil); ctx.Err() != nil { // nobody looks now and then
		t.Error("nobody tells of an edit")
	}
}
