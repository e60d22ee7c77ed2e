package snapshot

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// TestRound saves objects and loads them: they are the same, and so is what is known of them.
func TestRound(t *testing.T) {
	f := saved(t, sample())
	p, err := f.Load(now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sorted(p.Objects), sorted(sample()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !p.Alive.Equal(now) || p.Version != 42 || !reflect.DeepEqual(p.Kinds, cluster.Kinds()) {
		t.Errorf("got %v, version %d, %v, want %v, 42, %v", p.Alive, p.Version, p.Kinds, now, cluster.Kinds())
	}
	for _, o := range p.Objects {
		if sl, ok := o.(*cluster.Slice); ok && sl.Beside != nil && sl.Beside.Places == nil && sl.Places() != nil {
			t.Errorf("%s: got places", sl.Ref())
		}
	}
}

// TestEveryField: what objects can have, the samples have, so that nothing new is left out of the file.
func TestEveryField(t *testing.T) {
	had, all := map[string]bool{}, map[string]bool{}
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name := v.Type().Name() + "." + f.Name
			all[name] = true
			had[name] = had[name] || !v.Field(i).IsZero()
			look(v.Field(i))
		}
	}
	for _, o := range sample() {
		look(reflect.ValueOf(o))
	}
	for name := range all {
		if !had[name] {
			t.Errorf("no sample has %s", name)
		}
	}
}

// TestDamage changes each bit of a file, and ends it at each byte: none of that is loaded.
func TestDamage(t *testing.T) {
	f := saved(t, sample())
	whole, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, at int, bytes_ []byte) {
		t.Helper()
		if _, err := f.read(bytes.NewReader(bytes_), int64(len(bytes_)), now); err == nil {
			t.Errorf("%s at byte %d of %d: it is loaded", what, at, len(whole))
		}
	}
	for i := range whole {
		refused("an end", i, whole[:i])
		for bit := range 8 {
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << bit
			refused("a change", i, damaged)
		}
	}
	refused("more", len(whole), append(bytes.Clone(whole), 0))
	refused("half of it, and zeros", len(whole)/2, append(bytes.Clone(whole[:len(whole)/2]), make([]byte, len(whole)-len(whole)/2)...))
	if _, err := f.read(bytes.NewReader(whole), int64(len(whole)), now); err != nil {
		t.Error(err)
	}
}

// resealed is the file as somebody else might have written it.
func resealed(whole []byte, edit func([]byte) []byte) []byte {
	body := edit(bytes.Clone(whole[:len(whole)-sha256.Size]))
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

// TestRefused loads files that are whole and not to be served.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func([]byte) []byte
		at   time.Duration // after it was saved
		want string
	}{
		{"another version", func(b []byte) []byte { b[len(magic)] = 2; return b }, 0, "version 2 of snapshots: want 1"},
		{"another cluster", func(b []byte) []byte { b[len(magic)+1]++; return b }, 0, "of another cluster, or of other options"},
		{"another file", func(b []byte) []byte { return append([]byte("# Corefile\n"), b...) }, 0, "not a snapshot"},
		{"nothing", func([]byte) []byte { return nil }, 0, "not a snapshot"},
		{"old", nil, time.Hour + time.Second, "1h0m1s old: want at most 1h0m0s"},
		{"new", nil, -time.Hour, "of 2026-03-04T05:06:07Z, which is to come"},
		{"too short", func(b []byte) []byte { return b[:len(b)-1] }, 0, "damaged: endpointslices: something ends before it should"},
		{"no more than a kind", func(b []byte) []byte { return slices.Insert(b, len(b)-8, 9) }, 0, "damaged: kind 9 of objects: nobody knows it"},
		{"twice", func(b []byte) []byte { return slices.Insert(b, len(b)-8, byte(cluster.KindPod), 0) }, 0, "damaged: pods: there are two lists of them"},
		{"a name that is none", func(b []byte) []byte { return bytes.Replace(b, []byte("testns"), []byte("test.s"), 1) }, 0,
			`damaged: namespaces: namespaces test.s: label "test.s" is none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := saved(t, sample())
			whole, err := os.ReadFile(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			if c.edit != nil {
				if err := os.WriteFile(f.Path, resealed(whole, c.edit), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err = f.Load(now.Add(c.at))
			want := "read " + f.Path + ": " + c.want
			if err == nil || strings.ReplaceAll(err.Error(), "imported endpoint", "endpoint") != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// TestNoFile loads what is no file.
func TestNoFile(t *testing.T) {
	f := &File{Path: filepath.Join(t.TempDir(), "none", "snapshot"), Source: source, MaxAge: time.Hour}
	if _, err := f.Load(now); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is none", err)
	}
	if err := f.Clean(); err != nil {
		t.Error(err)
	}
	if err := f.Save(now, nil, sampled{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no folder", err)
	}
	f.Path = t.TempDir()
	if _, err := f.Load(now); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder: got %v", err)
	}
}

// TestShared: what many objects repeat is in memory once.
func TestShared(t *testing.T) {
	f := saved(t, large(100))
	p, err := f.Load(now)
	if err != nil {
		t.Fatal(err)
	}
	var ports []*cluster.Port
	for _, o := range p.Objects {
		switch o := o.(type) {
		case *cluster.Service:
			ports = append(ports, &o.Ports.All()[0])
		case *cluster.Slice:
			ports = append(ports, &o.Ports.All()[0])
		}
	}
	for _, p := range ports {
		if p != ports[0] {
			t.Fatal("two copies of the same ports")
		}
	}
}
