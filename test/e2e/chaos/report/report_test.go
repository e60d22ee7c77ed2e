package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBroken(t *testing.T) {
	for _, c := range []struct {
		about string
		row   Row
		want  bool
	}{
		{"kept", Row{Subject: "s", Ours: true, Asked: 1, Late: 1}, false},
		{"nothing asked", Row{Subject: "s", Ours: true}, true},
		{"wrong", Row{Subject: "s", Ours: true, Asked: 1, Wrong: 1}, true},
		{"lost", Row{Subject: "s", Ours: true, Asked: 1, Lost: 1}, true},
		{"failed", Row{Subject: "s", Ours: true, Asked: 1, Failed: 1}, true},
		{"failed, as it may", Row{Subject: "s", Ours: true, Asked: 1, Failed: 1, MayFail: true}, false},
		{"flooded", Row{Subject: "s", Ours: true, Asked: 1, Flood: &Flood{Quiet: 100, P99: 200, Warm: 50 << 10, Most: 63 << 10}}, false},
		{"flooded, and late", Row{Subject: "s", Ours: true, Asked: 1, Flood: &Flood{Quiet: time.Millisecond, P99: 2100 * time.Microsecond, Warm: 1, Most: 1}}, true},
		{"late, as it may be", Row{Subject: "s", Ours: true, Asked: 1, Flood: &Flood{Quiet: time.Millisecond, P99: time.Second, Warm: 1, Most: 1, Lenient: true}}, false},
		{"flooded, and larger", Row{Subject: "s", Ours: true, Asked: 1, Flood: &Flood{Quiet: 100, P99: 100, Warm: 50 << 10, Most: 64 << 10, Lenient: true}}, true},
		{"the other is wrong", Row{Subject: "s", Asked: 1, Wrong: 1}, false},
	} {
		c.row.Judge()
		r := Report{Rows: []Row{c.row}}
		if got := r.Broken(); got != c.want {
			t.Errorf("%s: got %v (%v), want %v", c.about, got, c.row.Breaches, c.want)
		}
	}
	off := Report{Rows: []Row{{Story: "a", Breaches: []string{"it broke off"}}}}
	if !off.Broken() || !new(Report).Broken() {
		t.Error("a story that broke off, or no story: got kept, want broken")
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "chaos")
	r := Report{Seed: 7, Rows: []Row{{
		Story: "kill", Subject: "s", Ours: true, Asked: 10, Late: 2, Worst: 3 * time.Second, Bound: time.Second, Peak: 2048,
		Examples: []string{"a\nb"}, Flood: &Flood{Lasted: time.Minute, Quiet: 200 * time.Microsecond, P99: 300 * time.Microsecond, Warm: 40 << 10, Most: 41 << 10},
	}}}
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "chaos.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"seed 7", "| kill | s | 10 | 0 | 0 | 2 (3s; 1s) | 0 | 0s, 0s | 0s | 2 MiB | 1m0s: 1.5; 40 to 41 MiB | kept |\n", "- `a b`\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("got %s, want %q in it", text, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "chaos.json")); err != nil {
		t.Error(err)
	}
}

// A story that was told once more counts as it was told then.
func TestRepeated(t *testing.T) {
	kept, broken := Row{Subject: "kubenames", Ours: true}, Row{Subject: "kubenames", Ours: true, Breaches: []string{"1 lost"}}
	again := broken
	again.Repeated = true
	for _, tc := range []struct {
		rows []Row
		want bool
	}{
		{[]Row{kept}, false}, {[]Row{kept, broken}, true}, {[]Row{again, kept}, false}, {[]Row{again, broken}, true}, {nil, true},
	} {
		if got := Broken(tc.rows); got != tc.want {
			t.Errorf("%+v: got broken %v, want %v", tc.rows, got, tc.want)
		}
	}
}
