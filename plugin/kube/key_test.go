package kube

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Whatever is asked for makes another key; who listens does not.
func TestKeyOfOptions(t *testing.T) {
	seen := map[Key]string{}
	see := func(what string, o Options, same bool) {
		t.Helper()
		live, err := LiveKey(Connection{Endpoint: "http://127.0.0.1:1"}, o)
		if err != nil {
			t.Fatal(err)
		}
		files, err := ManifestsKey([]string{"a"}, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []Key{live, files} {
			if before, ok := seen[k]; ok != same {
				t.Errorf("%s: same key as %q: got %t, want %t", what, before, ok, same)
			}
			seen[k] = what
		}
	}
	see("nothing", Options{}, false)
	see("nothing", Options{}, true)
	fields := reflect.TypeFor[Options]()
	var each func(path string, v reflect.Value, o *Options)
	each = func(path string, v reflect.Value, o *Options) {
		*o = Options{}
		switch v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString("a=b")
		case reflect.Int, reflect.Int64:
			v.SetInt(7)
		case reflect.Float32:
			v.SetFloat(7)
		case reflect.Func:
			v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value { return nil }))
			see(path, *o, true)
			return
		case reflect.Struct:
			for i := range v.NumField() {
				each(path+"."+v.Type().Field(i).Name, v.Field(i), o)
			}
			return
		default:
			t.Fatalf("%s: a %s: what makes it another?", path, v.Kind())
		}
		see(path, *o, false)
	}
	o := new(Options)
	for i := range fields.NumField() {
		each(fields.Field(i).Name, reflect.ValueOf(o).Elem().Field(i), o)
	}
}

// A kubeconfig counts by its text, the files that it names by their paths: these a client reads again.
func TestKeyOfConnection(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	kubeconfig := func(token, server string) string {
		return write("config", fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}},
			{name: d, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {%s}}]}`, server, token))
	}
	write("token", "first")
	key := func(c Connection) Key {
		t.Helper()
		k, err := LiveKey(c, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	c := Connection{Kubeconfig: kubeconfig("tokenFile: token", "http://127.0.0.1:1")}
	first := key(c)
	write("token", "second")
	if key(c) != first {
		t.Error("a token in a file of its own: its clients read it again")
	}
	c.Context = "d"
	if key(c) == first {
		t.Error("another context: same key")
	}
	c.Context = ""
	seen := map[Key]bool{first: true}
	for _, text := range [][2]string{{"token: a", "http://127.0.0.1:1"}, {"token: b", "http://127.0.0.1:1"}, {"token: b", "http://127.0.0.1:2"}} {
		kubeconfig(text[0], text[1])
		if k := key(c); seen[k] {
			t.Error(text, "same key")
		} else {
			seen[k] = true
		}
	}
	for _, c := range []Connection{{Endpoint: "http://127.0.0.1:1"}, {Endpoint: "http://127.0.0.1:2"}, {Endpoint: "http://127.0.0.1:2", Agent: "me"}} {
		if k := key(c); seen[k] {
			t.Errorf("%+v: same key", c)
		} else {
			seen[k] = true
		}
	}
	if _, err := LiveKey(Connection{Kubeconfig: filepath.Join(dir, "none")}, Options{}); err == nil {
		t.Error("no kubeconfig: no error")
	}
	a, _ := ManifestsKey([]string{"a", "b"}, Options{})
	b, _ := ManifestsKey([]string{"b", "a"}, Options{})
	if a == b {
		t.Error("other paths: same key")
	}
}
