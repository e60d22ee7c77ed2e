package trial

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/world"
)

// TestStory makes stories of questions that are answered right, as if they were faults, and has the plugin's own tests
// tell them.
func TestStory(t *testing.T) {
	dir := t.TempDir()
	for seed := range uint64(8) {
		for i, text := range stories(t, 40+seed) {
			name := strconv.Itoa(int(seed)) + "-" + strconv.Itoa(i) + ".txtar"
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command("go", "test", "-count=1", "-run", "^TestScript$", ".", "-stories", filepath.Join(dir, "*.txtar"))
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// nowhere is a world.Sink that nobody reads.
type nowhere struct{}

func (nowhere) Put(string, api.Object)        {}
func (nowhere) Remove(string, string, string) {}

// stories is a few stories about a cluster that changes once.
func stories(t *testing.T, seed uint64) (all []string) {
	c := newConfig(seed)
	s, err := newStage(seed, c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	w := world.New(seed, nil)
	w.Fill(nowhere{})
	before := snap(w)
	touched := w.Change(nowhere{}, 4)
	after := snap(w)
	r := rand.New(rand.NewPCG(seed, 9))
	qs := slices.DeleteFunc(questions(r, w, c, touched, 400), func(q dialog.Question) bool { return !tellable(q) })
	if fault, err := s.play(scene{before, after, qs[0]}); err != nil || fault != nil {
		t.Fatal(fault, err)
	}
	for _, q := range qs {
		if len(all) == 4 {
			break
		}
		if _, fault, err := s.compare(q); err != nil || fault != nil {
			t.Fatal(fault, err)
		}
		want, rules := s.cluster.Expect(q)
		if want.TC || len(want.Answer)+len(want.Extra) == 0 && len(all) < 3 {
			continue // the last one may be a denial
		}
		f := &Fault{Seed: seed, Question: q, Want: want, Rules: rules, config: c, before: before, after: after, Cluster: after.yaml(resources...)}
		if len(all)%2 == 0 {
			f.before = nil
		}
		all = append(all, f.Story())
	}
	if len(all) == 0 {
		t.Errorf("seed %d: no stories", seed)
	}
	return all
}

// tellable reports whether a story can ask the question, of any server.
func tellable(q dialog.Question) bool {
	return q.Z == 0 && !q.Options && !strings.ContainsAny(q.Name, `\ `) && !strings.HasPrefix(q.Name, "ns.dns.") && q.Opcode == 0
}
