package snapshot

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// errFull is what a disk says.
var errFull = errors.New("no space left")

// limited takes so many bytes and no more.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.left {
		n, err := l.w.Write(b[:l.left])
		l.left -= n
		return n, errors.Join(err, errFull)
	}
	l.left -= len(b)
	return l.w.Write(b)
}

// alone checks that there is nothing in the folder but the file.
func alone(t *testing.T, f *File) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(f.Path) {
		t.Fatalf("got %v, %v, want the file alone", entries, err)
	}
}

// TestDiskFull writes to a disk that is full after each number of bytes: the file stays what it was.
func TestDiskFull(t *testing.T) {
	f := saved(t, sample())
	old, err := f.Load(now)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != 0o600 {
		t.Errorf("got mode %o, want 600", got)
	}
	write := func(left int) error {
		return replace(f.Path, func(w io.Writer) error {
			return f.write(&limited{w, left}, now.Add(time.Second), cluster.Kinds(), sampled{sample(), 43})
		})
	}
	for n := range int(info.Size()) {
		if err := write(n); !errors.Is(err, errFull) {
			t.Fatalf("%d bytes: got %v, want %v", n, err, errFull)
		}
		alone(t, f)
		if p, err := f.Load(now); err != nil || !reflect.DeepEqual(p, old) {
			t.Fatalf("%d bytes: got %v, %v, want the old picture", n, p, err)
		}
	}
	if err := write(int(info.Size())); err != nil {
		t.Fatal(err)
	}
	alone(t, f)
	if p, err := f.Load(now); err != nil || p.Version != 43 {
		t.Errorf("got %v, %v, want the new picture", p, err)
	}
}

// TestUnfinished: what is left of a save that ended at any byte is never what is loaded, and it is cleaned up.
func TestUnfinished(t *testing.T) {
	f := saved(t, sample())
	whole, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(whole); n += 7 {
		if err := os.WriteFile(f.Path+".123"+unfinished, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Load(now); err != nil {
			t.Fatal(err)
		}
		if err := f.Clean(); err != nil {
			t.Fatal(err)
		}
		alone(t, f)
	}
}

// savesForever is set in the process that TestKilled kills.
const savesForever = "KUBENAMES_TEST_SAVES"

// TestMain saves one picture after the other, if it is the process that is to be killed.
func TestMain(m *testing.M) {
	path := os.Getenv(savesForever)
	if path == "" {
		os.Exit(m.Run())
	}
	f := &File{Path: path, Source: source, MaxAge: time.Hour}
	for n := uint64(1); ; n++ {
		if err := f.Save(now, cluster.Kinds(), sampled{large(int(n%7) * 100), n}); err != nil {
			panic(err)
		}
	}
}

// TestKilled kills a process that saves, at any moment: what it leaves is whole, and is the last of its pictures or newer.
func TestKilled(t *testing.T) {
	f := &File{Path: filepath.Join(t.TempDir(), "snapshot"), Source: source, MaxAge: time.Hour}
	objects := func(version uint64) int { return len(large(int(version%7) * 100)) }
	left := 0
	for range 30 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), savesForever+"="+f.Path)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Stat(f.Path)
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) { // until it saves
			if now, err := os.Stat(f.Path); err == nil && (before == nil || !os.SameFile(before, now)) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("nothing is saved")
			}
		}
		time.Sleep(time.Duration(rand.Int64N(int64(20 * time.Millisecond))))
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
		p, err := f.Load(now)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(p.Objects), objects(p.Version); got != want {
			t.Fatalf("version %d: got %d objects, want %d", p.Version, got, want)
		}
		entries, err := os.ReadDir(filepath.Dir(f.Path))
		if err != nil {
			t.Fatal(err)
		}
		left += len(entries) - 1
		if err := f.Clean(); err != nil {
			t.Fatal(err)
		}
		alone(t, f)
	}
	t.Log("unfinished files of 30 that were killed:", left)
}
