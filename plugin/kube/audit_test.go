package kube

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Names makes a recorder a sink that can be asked for names.
func (r *recorder) Names(k cluster.Kind, f func(namespace, name string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ref := range r.objects {
		if ref.Kind == k {
			f(ref.Namespace, ref.Name)
		}
	}
}

// An audit finds what a watch has lost while it goes on to say that all is well, and makes it right.
func TestAudit(t *testing.T) {
	hiddenService := serviceObject("Not-A-Label", "10.0.0.7")
	for name, c := range map[string]struct {
		now     []runtime.Object // what there is, of a version that the watch says it is past
		want    []string
		what    string
		reports []string
	}{
		"lost add": {
			[]runtime.Object{versioned(serviceObject("a", "10.0.0.1"), 5), versioned(serviceObject("b", "10.0.0.2"), 6), versioned(serviceObject("c", "10.0.0.3"), 70)},
			[]string{"services default/a", "services default/b", "services default/c"}, "missed_add", []string{"1 of them", ": services default/c (added)", "made right"},
		},
		"lost update": {
			[]runtime.Object{versioned(serviceObject("a", "10.0.0.9"), 70), versioned(serviceObject("b", "10.0.0.2"), 6)},
			[]string{"services default/a", "services default/b"}, "missed_update", []string{"1 of them", ": services default/a (changed)", "made right"},
		},
		"lost delete": {
			[]runtime.Object{versioned(serviceObject("b", "10.0.0.2"), 6)},
			[]string{"!services default/a", "services default/b"}, "missed_delete", []string{"1 of them", ": services default/a (deleted)", "made right"},
		},
		"lost update that hides": {
			[]runtime.Object{versioned(hiddenService, 70), versioned(serviceObject("a", "10.0.0.1"), 5), versioned(serviceObject("b", "10.0.0.2"), 6)},
			[]string{"services default/a"}, "missed_add", []string{"services default/Not-A-Label (added)"},
		},
	} {
		for _, streaming := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s streaming=%v", name, streaming), func(t *testing.T) {
				s := newAPIServer(t, streaming)
				s.set("services", versioned(serviceObject("a", "10.0.0.1"), 5), versioned(serviceObject("b", "10.0.0.2"), 6))
				r, l, i := impatient(t, s, Options{Audit: 30 * time.Millisecond}, func(x *times) { x.settle = 20 * time.Second })
				eventually(t, r, "an audit", func() bool { return i.get("services equal") > 1 && i.get("namespaces equal") > 1 })
				if r.reported("") != 0 || i.get("services differed") != 0 {
					t.Fatalf("all was equal: %s", r)
				}
				waitForWatch(t, r, s, "services")
				s.set("services", c.now...)
				s.change(func() { s.version = 1_000_000 })
				eventually(t, r, "a watch that says that it is past", func() bool {
					s.tell(t, r, "services", "BOOKMARK", bookmark(1_000_000), "services default/b")
					return l.followers[1].position.at() == 1_000_000
				})
				eventually(t, r, "mended", func() bool { return i.get("services differed") > 0 })
				if !r.has(c.want...) || i.get("services "+c.what) != 1 {
					t.Errorf("want %v and one %s: %v\n%s", c.want, c.what, i.count, r)
				}
				if c.what == "missed_update" && r.get(cluster.KindService, "default", "a").(*cluster.Service).IPs != ips("10.0.0.9") {
					t.Errorf("it is not what it is now: %s", r)
				}
				if r.reported(append(c.reports, "audit services: ")...) != 1 {
					t.Errorf("want one report with %q: %s", c.reports, r)
				}
				before := i.get("services equal")
				eventually(t, r, "equal again", func() bool { return i.get("services equal") > before+1 })
				if n := i.get("services differed"); n != 1 || r.replacements(cluster.KindService) != 1 {
					t.Errorf("got %d differences and %d lists, want one of each: %s", n, r.replacements(cluster.KindService), r)
				}
				eventually(t, r, "opened again", func() bool { return s.opened("services") > 0 })
			})
		}
	}
}

// asks counts the inventories that were asked for, under the lock.
func (s *apiServer) asks(resource string) (n int) {
	for _, query := range s.queries[resource] {
		if strings.Contains(query, "resourceVersion=") && strings.Contains(query, "sendInitialEvents") {
			n++
		}
	}
	return n
}

// What is on its way does not count.
func TestAuditSettles(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", versioned(serviceObject("a", "10.0.0.1"), 5), versioned(serviceObject("b", "10.0.0.1"), 6))
	r, _, i := impatient(t, s, Options{Audit: 30 * time.Millisecond}, func(*times) {})
	eventually(t, r, "an audit", func() bool { return i.get("services equal") > 0 })
	before := 0
	s.change(func() {
		before = s.asks("services")
		s.version = 100
		s.items["services"] = []runtime.Object{versioned(serviceObject("a", "10.0.0.2"), 90), versioned(serviceObject("c", "10.0.0.2"), 91)}
	})

	eventually(t, r, "an inventory that is ahead", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.asks("services") > before
	})
	equal := i.get("services equal")
	s.tell(t, r, "services", "MODIFIED", versioned(serviceObject("a", "10.0.0.2"), 90), "services default/a")
	s.tell(t, r, "services", "ADDED", versioned(serviceObject("c", "10.0.0.2"), 91), "services default/c")
	s.tell(t, r, "services", "DELETED", versioned(serviceObject("b", "10.0.0.1"), 92), "!services default/b")
	s.tell(t, r, "services", "BOOKMARK", bookmark(100), "services default/a")
	eventually(t, r, "equal", func() bool { return i.get("services equal") > equal })
	if n := i.get("services differed"); n != 0 || r.reported("") != 0 {
		t.Errorf("got %d differences of what was on its way: %s", n, r)
	}
}

// What never comes though it has the time to makes the kind be listed.
func TestAuditStuck(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", versioned(serviceObject("a", "10.0.0.1"), 5))
	r, _, i := impatient(t, s, Options{Audit: 30 * time.Millisecond}, func(x *times) { x.settle = 200 * time.Millisecond })
	eventually(t, r, "an audit", func() bool { return i.get("services equal") > 0 })
	s.change(func() {
		s.version = 20_000
		s.items["services"] = []runtime.Object{versioned(serviceObject("a", "10.0.0.3"), 19_000), versioned(serviceObject("b", "10.0.0.4"), 19_001)}
	})
	eventually(t, r, "listed again", func() bool { return r.has("services default/b") })
	if i.get("services stuck") != 1 || i.get("services missed_add") != 1 || i.get("services missed_update") != 1 || r.replacements(cluster.KindService) != 2 {
		t.Errorf("got %v", i.count)
	}
	if r.reported("2 of them", "services default/a (changed), services default/b (added)", "listing again") != 1 {
		t.Errorf("want a report: %s", r)
	}
}

// Where much differs the kind is listed, and a report names but some.
func TestAuditMany(t *testing.T) {
	s := newAPIServer(t, true)
	r, l, i := impatient(t, s, Options{Audit: 30 * time.Millisecond}, func(x *times) {})
	eventually(t, r, "an audit", func() bool { return i.get("services equal") > 0 })
	var many []runtime.Object
	for n := range 30 {
		many = append(many, versioned(serviceObject(fmt.Sprintf("s%02d", n), "10.0.0.1"), 50+n))
	}
	s.set("services", many...)
	s.change(func() { s.version = 1000 })
	eventually(t, r, "past", func() bool {
		s.tell(t, r, "services", "BOOKMARK", bookmark(1000), "!services default/none")
		return l.followers[1].position.at() == 1000 || r.has("services default/s29")
	})
	eventually(t, r, "listed", func() bool { return r.has("services default/s00", "services default/s29") })
	if r.reported("30 of them", "services default/s09 (added) and 20 more", "listing again") != 1 || r.reported("s10") != 0 {
		t.Errorf("want a report of ten names: %s", r)
	}
	if i.get("services missed_add") != 30 {
		t.Errorf("got %v", i.count)
	}
}

// Without audits nothing is asked, and nothing is kept.
func TestAuditOff(t *testing.T) {
	s := newAPIServer(t, true)
	s.set("services", serviceObject("a", "10.0.0.1"))
	r, l, _ := impatient(t, s, Options{}, func(*times) {})
	eventually(t, r, "services", func() bool { return r.has("services default/a") })
	if l.followers[1].store.versions != nil {
		t.Error("versions are held for nobody")
	}
}

// What a watch tells while an audit reads an object is newer than what it reads, and stays.
func TestLedgerMend(t *testing.T) {
	service := func(version int, ip string) *corev1.Service { return versioned(serviceObject("a", ip), version) }
	ref := cluster.Ref{Kind: cluster.KindService, Namespace: "default", Name: "a"}
	for name, c := range map[string]struct {
		meanwhile func(*store)
		read      *corev1.Service // nil: there is none
		ip        string          // at last; "": gone
		missed    bool
	}{
		"nothing happened":      {func(*store) {}, service(7, "10.0.0.2"), "10.0.0.2", true},
		"nothing differs":       {func(*store) {}, service(5, "10.0.0.2"), "10.0.0.1", false},
		"it was changed back":   {func(*store) {}, service(4, "10.0.0.2"), "10.0.0.1", true},
		"it is gone":            {func(*store) {}, nil, "", true},
		"updated meanwhile":     {func(s *store) { s.Update(service(8, "10.0.0.3")) }, service(7, "10.0.0.2"), "10.0.0.3", false},
		"deleted meanwhile":     {func(s *store) { s.Delete(service(8, "10.0.0.1")) }, service(7, "10.0.0.2"), "", false},
		"deleted as it was":     {func(s *store) { s.Delete(service(8, "10.0.0.1")) }, nil, "", false},
		"listed meanwhile":      {func(s *store) { s.Replace([]any{service(8, "10.0.0.3")}, "9") }, service(7, "10.0.0.2"), "10.0.0.3", false},
		"made anew meanwhile":   {func(s *store) { s.Update(service(8, "10.0.0.3")) }, nil, "10.0.0.3", false},
		"another one meanwhile": {func(s *store) { s.Update(versioned(serviceObject("b", "10.0.0.4"), 9)) }, service(7, "10.0.0.2"), "10.0.0.2", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			s := testStore(r)
			s.versions = newVersions(0)
			s.Replace([]any{service(5, "10.0.0.1")}, "6")
			s.mends(s.hash("default", "a"))
			c.meanwhile(s)
			var now runtime.Object
			if c.read != nil {
				now = c.read
			}
			_, missed := s.mend(ref, now, 10)
			if missed != c.missed {
				t.Errorf("got missed %v, want %v", missed, c.missed)
			}
			got, _ := r.get(cluster.KindService, "default", "a").(*cluster.Service)
			if (got == nil) != (c.ip == "") || got != nil && got.IPs != ips(c.ip) {
				t.Errorf("got %v, want %s", got, c.ip)
			}
		})
	}
}

// versions is a map, whatever comes and goes.
func TestVersions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	v, truth := newVersions(0), map[uint64]uint64{}
	hashes := make([]uint64, 3000)
	for i := range hashes {
		hashes[i] = rnd.Uint64()
		if i%3 == 0 { // many want the same places
			hashes[i] = 1<<63 | hashes[i]&0xffff_ffff
		}
	}
	for step := range 200_000 {
		h := hashes[rnd.IntN(len(hashes))]
		if step/20_000%2 == 1 && rnd.IntN(3) > 0 || rnd.IntN(3) == 0 {
			v.drop(h)
			delete(truth, h)
		} else {
			v.put(h, uint64(step))
			truth[h] = uint64(step)
		}
		if step%1000 != 0 {
			continue
		}
		if v.len != len(truth) {
			t.Fatalf("step %d: got %d, want %d", step, v.len, len(truth))
		}
		for _, h := range hashes {
			want, ok := truth[h]
			if got, has := v.get(h); has != ok || ok && got != short(want) {
				t.Fatalf("step %d: got %d %v, want %d %v", step, got, has, want, ok)
			}
		}
		v.unmark()
		left := 0
		for h := range truth {
			if rnd.IntN(2) == 0 {
				v.mark(h)
			} else {
				left++
			}
		}
		v.unmarked(func(h uint64) {
			if _, ok := truth[h]; !ok || v.marked(h) {
				t.Fatalf("step %d: %x is not there, or marked", step, h)
			}
			left--
		})
		if left != 0 {
			t.Fatalf("step %d: %d are missing", step, left)
		}
	}
}

func TestNewer(t *testing.T) {
	for _, c := range []struct {
		a, b uint64
		want bool
	}{{5, 5, true}, {6, 5, true}, {5, 6, false}, {1 << 31, 1<<31 - 1, true}, {1<<31 - 1, 1 << 31, false}, {1<<40 + 3, 1<<40 + 1, true}} {
		if got := newer(short(c.a), short(c.b)); got != c.want {
			t.Errorf("%d, %d: got %v", c.a, c.b, got)
		}
	}
}

// An audit takes so many bytes an object.
func TestVersionsSize(t *testing.T) {
	const objects = 100_000
	name := func(i int) string { return fmt.Sprintf("service-7d9f8c6b5-%05d", i) }
	v := newVersions(0)
	before := heap()
	for i := range objects {
		v.put(v.hash("default", name(i)), uint64(i))
	}
	grown := float64(heap()-before) / objects
	v = v.emptied(objects)
	for i := range objects {
		v.put(v.hash("default", name(i)), uint64(i))
	}
	listed := float64(heap()-before) / objects
	t.Logf("%.1f bytes an object one by one, %.1f listed", grown, listed)
	if grown > 16 || listed > 16 {
		t.Errorf("got %.1f and %.1f bytes, want 16", grown, listed)
	}
	if v.len != objects {
		t.Errorf("got %d objects", v.len)
	}
}

func TestReadInventory(t *testing.T) {
	for text, want := range map[string]string{
		`{"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","namespace":"n","resourceVersion":"3"},"spec":{}},{"metadata":{"name":"b"}}],"x":[1,{}]}`: "n/a 3, /b 0, at 7 <nil>",
		`{"items":null,"metadata":{"resourceVersion":"8"}}`: "at 8 <nil>",
		`{}`:                                   "at 0 <nil>",
		`{"items":[{"metadata":{"name":"a"}},`: "/a 0, at 0 EOF",
		`{"items":[{"metadata":{"name":"a"}}],"metadata":{"resourceVe`: "/a 0, at 0 unexpected EOF",
		``: "at 0 EOF",
	} {
		var told []string
		version, err := readInventory(strings.NewReader(text), func(namespace, name string, version uint64) {
			told = append(told, fmt.Sprintf("%s/%s %d", namespace, name, version))
		})
		told = append(told, fmt.Sprintf("at %d %v", version, err))
		if got := strings.Join(told, ", "); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
