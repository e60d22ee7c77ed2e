package around

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"golang.org/x/tools/txtar"

	"github.com/kubenames/kubenames/test/parity/dialog"
)

// TestStories tells the stories of testdata. A story is a txtar archive: a Corefile (see start) and a section "story" with
// a question a line, as in
//
//	ask A api.shop.svc.cluster.local +nsid
//	have opt .*NSID
//
// Both give the same reply, but for the order of records. What else the reply must be stands below, a line each, up to an
// empty one:
//
//	have REGEXP      it has a line like this
//	lack REGEXP      it has none
//	theirs REGEXP    the replies differ, and theirs has a line like this
//	ours REGEXP      and ours
//
// The lines of a reply are those of dialog.Reply.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories:", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tale(t, archive)
			if archive.Files[0].Data = lane.ReplaceAll(archive.Files[0].Data, []byte("$0\nLANE")); !t.Failed() {
				t.Run("lane", func(t *testing.T) { tale(t, archive) })
			}
		})
	}
}

// lane is where a line for an express lane may stand: each story ends the same with one.
var lane = regexp.MustCompile(`(?m)^\s*PLUGIN[^{\n]*\{$`)

// tale tells one story.
func tale(t *testing.T, archive *txtar.Archive) {
	var corefile, story string
	for _, f := range archive.Files {
		switch f.Name {
		case "Corefile":
			corefile = string(f.Data)
		case "story":
			story = string(f.Data)
		default:
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := start(t, corefile)
	asked := 0
	for _, step := range strings.Split(story, "\n\n") {
		lines := strings.Split(strings.TrimSpace(step), "\n")
		for len(lines) > 0 && (lines[0] == "" || lines[0][0] == '#') {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			continue
		}
		asked++
		if err := p.step(lines[0], lines[1:]); err != nil {
			t.Errorf("%s\n%v", lines[0], err)
		}
	}
	if asked == 0 {
		t.Error("nothing is asked")
	}
}

// step asks what a line says.
func (p *pair) step(line string, wants []string) error {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "ask" {
		return fmt.Errorf("want ask TYPE NAME")
	}
	all, err := questions(words[1:])
	if err != nil {
		return err
	}
	for _, q := range all {
		theirs, _, err := p.theirs.ask(q)
		if err != nil {
			return fmt.Errorf("theirs: %w", err)
		}
		ours, _, err := p.ours.ask(q)
		if err != nil {
			return fmt.Errorf("ours: %w", err)
		}
		if q.aged {
			alignTTLs(theirs, ours)
		}
		if err := compare(theirs, ours, wants); err != nil {
			return fmt.Errorf("%s: %w\n%s", q.text, err, show(theirs, ours))
		}
	}
	return nil
}

// alignTTLs makes the TTLs of one reply those of the other, where they are a few seconds apart.
func alignTTLs(theirs, ours dialog.Reply) {
	for _, sections := range [][2][]dns.RR{{theirs.Answer, ours.Answer}, {theirs.Authority, ours.Authority}} {
		for _, a := range sections[0] {
			for _, b := range sections[1] {
				if from, to := a.Header().Ttl, b.Header().Ttl; dns.IsDuplicate(a, b) && from < to+4 && to < from+4 {
					a.Header().Ttl = to
				}
			}
		}
	}
}

// compare holds the replies to each other and to what a story wants of them.
func compare(theirs, ours dialog.Reply, wants []string) error {
	differ := false
	for _, want := range wants {
		verb, pattern, _ := strings.Cut(want, " ")
		is, err := regexp.Compile("^" + pattern)
		if err != nil {
			return err
		}
		var trouble bool
		switch verb {
		case "have":
			trouble = !has(theirs, is) || !has(ours, is)
		case "lack":
			trouble = has(theirs, is) || has(ours, is)
		case "theirs":
			differ, trouble = true, !has(theirs, is) || has(ours, is)
		case "ours":
			differ, trouble = true, !has(ours, is) || has(theirs, is)
		default:
			return fmt.Errorf("verb %q: want have, lack, theirs or ours", verb)
		}
		if trouble {
			return fmt.Errorf("not so: %s", want)
		}
	}
	if same := equal(theirs, ours); same == differ {
		return fmt.Errorf("the same: got %t, want %t", same, !differ)
	}
	return nil
}

// equal reports whether both say the same; if it is cut, as much of it.
func equal(theirs, ours dialog.Reply) bool {
	if theirs.TC && ours.TC && len(theirs.Answer) == len(ours.Answer) && len(theirs.Extra) == len(ours.Extra) {
		theirs.Answer, ours.Answer, theirs.Extra, ours.Extra = nil, nil, nil, nil
	}
	return theirs.Equal(ours)
}

func has(r dialog.Reply, is *regexp.Regexp) bool {
	for _, line := range r.Lines() {
		if is.MatchString(line) {
			return true
		}
	}
	return false
}

// show is both replies as indented lines: in front of each, who says so.
func show(theirs, ours dialog.Reply) string {
	var b strings.Builder
	tell := func(who, line string) { fmt.Fprintf(&b, "    %-6s %s\n", who, line) }
	const enough = 20
	shared := 0
	for _, line := range theirs.Lines() {
		switch {
		case !slices.Contains(ours.Lines(), line):
			tell("theirs", line)
		case shared < enough:
			shared++
			tell("both", line)
		}
	}
	for _, line := range ours.Lines() {
		if !slices.Contains(theirs.Lines(), line) {
			tell("ours", line)
		}
	}
	return b.String()
}
