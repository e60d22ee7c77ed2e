package kubenames

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestSnapshotOutage: what is known is saved soon after it changes. A server that starts while the API server is out of reach
// serves that soon; when the API server is there again, exactly what has changed changes.
func TestSnapshotOutage(t *testing.T) {
	quick(t, 10*time.Millisecond)
	w := newWarm(t)
	s := w.start()
	w.holds(s, 5) // a namespace, and web beside three
	w.api.service("later")
	w.holds(s, 6)
	before := s.serial("cluster.local.")
	w.api.begin()
	w.stop(s)

	s = w.start()
	defer func() { w.stop(s) }()
	w.logs("snapshot: 6 objects as they were")
	w.logs("serving cluster.local. out of a snapshot")
	if !s.handlers[0].Ready() {
		t.Error("not ready")
	}
	w.asks(s, "web", dns.RcodeSuccess, 3)
	w.asks(s, "later", dns.RcodeSuccess, 3)
	w.asks(s, "new", dns.RcodeNameError, 19)
	if got := s.serial("cluster.local."); got != before {
		t.Errorf("got serial %d, want %d as before", got, before)
	}
	if got := gathered(t, "snapshot_served", "cluster.local."); got != 1 {
		t.Errorf("snapshot_served: got %v, want 1", got)
	}
	steps := gathered(t, "changes_total", "cluster.local.")
	w.api.service("new")
	w.api.down.Store(false)
	w.asks(s, "new", dns.RcodeSuccess, noEDE)
	w.asks(s, "web", dns.RcodeSuccess, noEDE)
	w.logs("snapshot: confirmed: 6 objects are as they were, 0 have changed, 1 are new, 0 are gone")
	if got := gathered(t, "changes_total", "cluster.local.") - steps; got != 1 {
		t.Errorf("got %v steps, want 1", got)
	}
	if got := gathered(t, "snapshot_served", "cluster.local."); got != 0 {
		t.Errorf("snapshot_served: got %v, want 0", got)
	}
	if got := gathered(t, "snapshot_age_seconds", "cluster.local."); got < 0 || got > 60 {
		t.Errorf("snapshot_age_seconds: got %v, want a little", got)
	}
	w.holds(s, 7)
}

// newSaved is a world whose picture was saved before its API server was lost, and the file.
func newSaved(t *testing.T) (w *warm, file []byte) {
	t.Helper()
	quick(t, 5*time.Millisecond)
	saveDate = time.Nanosecond
	w = newWarm(t)
	s := w.start()
	w.holds(s, 5)
	w.api.begin()
	w.stop(s)
	file, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	return w, file
}

// TestSnapshotStays: restarts during an outage make a picture no younger, and nothing is written.
func TestSnapshotStays(t *testing.T) {
	w, before := newSaved(t)
	for range 3 {
		s := w.start()
		w.asks(s, "web", dns.RcodeSuccess, 3)
		time.Sleep(10 * saveEvery) // in which it could save
		w.stop(s)
		if after, err := os.ReadFile(w.path); err != nil || string(after) != string(before) {
			t.Fatal("the file is another: ", err)
		}
	}
}

// TestSnapshotPartly: as long as there is a kind that cannot be listed, the others are right, all is in doubt, and nothing is
// saved.
func TestSnapshotPartly(t *testing.T) {
	w, before := newSaved(t)
	w.api.deny.Store(new("endpointslices"))
	w.api.service("new")
	w.api.down.Store(false)
	s := w.start()
	defer func() { w.stop(s) }()
	w.asks(s, "new", dns.RcodeSuccess, 3)
	time.Sleep(10 * saveEvery) // in which it could save
	if after, err := os.ReadFile(w.path); err != nil || string(after) != string(before) {
		t.Fatal("the file is another: ", err)
	}
	w.api.deny.Store(nil)
	w.asks(s, "new", dns.RcodeSuccess, noEDE)
	w.holds(s, 6)
}

// TestSnapshotIgnored: what may not be served is not, it is logged why, and in the end the file is right.
func TestSnapshotIgnored(t *testing.T) {
	quick(t, 10*time.Millisecond)
	for name, c := range map[string]struct {
		options string
		edit    func([]byte) []byte
		want    string
	}{
		"of other options": {"pods verified", nil, "of another cluster, or of other options"},
		"damaged":          {"", func(b []byte) []byte { b[len(b)/2]++; return b }, "damaged: its bytes are not those that were written"},
		"cut":              {"", func(b []byte) []byte { return b[:len(b)/2] }, "damaged: its bytes are not those that were written"},
		"of a version":     {"", func(b []byte) []byte { b[9]++; return b }, "version 2 of snapshots: want 1"},
		"empty":            {"", func([]byte) []byte { return nil }, "not a snapshot"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWarm(t)
			s := w.start()
			w.holds(s, 5)
			w.api.begin()
			w.stop(s)
			if c.edit != nil {
				b, err := os.ReadFile(w.path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(w.path, c.edit(b), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s = w.start("startup_timeout 1ms", c.options)
			defer w.stop(s)
			w.logs("snapshot ignored: read " + w.path + ": " + c.want)
			w.asks(s, "web", dns.RcodeServerFailure, 14)
			if got := gathered(t, "snapshot_age_seconds", "cluster.local."); got != -1 {
				t.Errorf("snapshot_age_seconds: got %v, want none", got)
			}
			w.api.down.Store(false)
			w.asks(s, "web", dns.RcodeSuccess, noEDE)
			w.holds(s, 5)
		})
	}
}

// TestSnapshotLastMoment: a server that is stopped saves what has changed since the last time. The file is below the root.
func TestSnapshotLastMoment(t *testing.T) {
	quick(t, time.Hour)
	w := newWarm(t)
	w.line = "root " + filepath.Dir(w.path)
	w.path = filepath.Base(w.path)
	s := w.start()
	w.holds(s, 5)
	w.api.service("later")
	w.asks(s, "later", dns.RcodeSuccess, noEDE)
	w.stop(s)
	w.api.begin()
	s = w.start()
	defer w.stop(s)
	w.asks(s, "later", dns.RcodeSuccess, 3)
}

// TestSnapshotDate: a picture that does not change is saved again, for it is known to be right for longer.
func TestSnapshotDate(t *testing.T) {
	quick(t, 5*time.Millisecond)
	saveDate = 20 * time.Millisecond
	w := newWarm(t)
	s := w.start()
	defer w.stop(s)
	first := w.holds(s, 5)
	w.api.settles(t, "1110")
	w.until(func() string {
		w.api.front.CloseClientConnections() // watches are opened again: the server lives
		if p := w.holds(s, 5); !p.Alive.After(first.Alive.Add(saveDate)) {
			return fmt.Sprintf("the picture is of %s, and was of %s", p.Alive, first.Alive)
		}
		return ""
	})
}

// TestSnapshotDisk: a folder that cannot be written to is logged once and counted, and the server goes on.
func TestSnapshotDisk(t *testing.T) {
	quick(t, 5*time.Millisecond)
	w := newWarm(t)
	folder := filepath.Join(filepath.Dir(w.path), "none")
	w.path = filepath.Join(folder, "cluster")
	s := w.start()
	defer w.stop(s)
	before := gathered(t, "snapshot_errors_total")
	w.until(func() string {
		if gathered(t, "snapshot_errors_total") < before+3 {
			return "errors are not counted"
		}
		return ""
	})
	if got := strings.Count(w.log.String(), "snapshot: not saved"); got != 1 {
		t.Errorf("logged %d times, want once", got)
	}
	w.asks(s, "web", dns.RcodeSuccess, noEDE)
	saves := gathered(t, "snapshot_saves_total")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	w.holds(s, 5)
	w.until(func() string {
		if gathered(t, "snapshot_saves_total") <= saves {
			return "saves are not counted"
		}
		return ""
	})
}

// TestSnapshotBlocks: blocks that want the same share a file; others must not.
func TestSnapshotBlocks(t *testing.T) {
	quick(t, 5*time.Millisecond)
	w := newWarm(t)
	both := func(other string) string {
		return strings.Replace(w.corefile(), ". {", ".:"+freePort(t)+" {", 1) + strings.Replace(w.corefile(other), ". {", ".:"+freePort(t)+" {", 1)
	}
	s, err := startServer(both("ttl 7"))
	if err != nil {
		t.Fatal(err)
	}
	w.holds(s, 5)
	if s.handlers[0].seat.saver != s.handlers[1].seat.saver {
		t.Error("got two savers, want one")
	}
	w.stop(s)
	want := "snapshot " + w.path + ": want another file: a block with another source or other options has this one"
	if _, err := startServer(both("pods verified")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	begin(t, strings.Replace(w.corefile(), ". {", ".:"+freePort(t)+" {", 1)) // it ends what is left of the start that failed
}

// TestSnapshotReload: after a reload that changes what is kept the file is that of the new instance, though the old one
// saves when it ends.
func TestSnapshotReload(t *testing.T) {
	quick(t, 5*time.Millisecond)
	w := newWarm(t)
	s := w.start()
	defer w.stop(s)
	w.holds(s, 5)
	for i := range 5 {
		options := []string{"pods verified", ""}[i%2]
		w.api.service(fmt.Sprint("later", i))
		if err := s.reload(w.corefile(options)); err != nil {
			t.Fatal(err)
		}
		w.asks(s, fmt.Sprint("later", i), dns.RcodeSuccess, noEDE)
		w.holds(s, 6+i)
	}
	if log := w.log.String(); strings.Contains(log, "out of a snapshot") {
		t.Error("a reload serves what is out of date:\n", log)
	}
}
