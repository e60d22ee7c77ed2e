package kubenames

import (
	"cmp"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

var (
	update  = flag.Bool("update", false, "write into the stories what is answered now")
	stories = flag.String("stories", "testdata/*.txtar", "which stories to tell")
)

// TestScript tells the stories of testdata to whole servers. Each answer is held to the one of the wire exit, and in
// the end all of them to those of a server that was started only then.
func TestScript(t *testing.T) { tell(t, func(corefile string) string { return corefile }, func() {}) }

// tell tells the stories, with their Corefiles as edited. At the end of each something is done while its server runs.
func tell(t *testing.T, edit func(corefile string) string, end func()) {
	files, err := filepath.Glob(*stories)
	if err != nil || len(files) == 0 {
		t.Fatal("no stories:", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			file, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{T: t, story: readStory(t, file), edit: edit, end: end, changes: map[cluster.Ref]cluster.Change{}, got: map[int][]string{}}
			t.Chdir(t.TempDir())
			s.run()
			if *update && !t.Failed() {
				if err := s.rewrite(file, s.got); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// script is a story that is being told.
type script struct {
	*testing.T
	*story
	edit    func(corefile string) string
	end     func()
	server  *server // nil before it is needed
	log     *logged
	asked   []question
	changes map[cluster.Ref]cluster.Change // by events
	lists   []step
	got     map[int][]string // for an update, by the line of the ask
	patient bool             // files have changed: answers may need a moment
}

func (s *script) run() {
	s.log = captureLog(s.T)
	if err := s.unfold("."); err != nil {
		s.Fatal(err)
	}
	defer s.stop()
	for _, st := range s.steps {
		verb, ok := verbs[st.verb]
		if !ok {
			s.Fatalf("%s: want one of %v", s.where(st), slices.Sorted(maps.Keys(verbs)))
		}
		if trouble := verb(s, st); trouble != "" {
			s.Errorf("%s\n%s", s.where(st), trouble)
			s.patient = false
		}
	}
}

// verbs is what steps do; they return what is wrong, "" for nothing.
var verbs map[string]func(*script, step) string

func init() {
	verbs = map[string]func(*script, step) string{
		"ask":                (*script).ask,
		"transfer":           (*script).transfer,
		"write":              (*script).write,
		"remove":             (*script).remove,
		"generate":           (*script).generate,
		"event":              (*script).event,
		"saved":              (*script).saved,
		"list":               (*script).list,
		"reload":             (*script).reload,
		"ready":              (*script).ready,
		"not-ready":          (*script).ready,
		"log":                (*script).logs,
		"expect-start-error": (*script).startError,
	}
}

// start starts the server when it is needed.
func (s *script) start() *server {
	s.Helper()
	if s.server == nil {
		corefile, _ := s.read("Corefile")
		var err error
		if s.server, err = startServer(s.edit(corefile)); err != nil {
			s.Fatal(err)
		}
	}
	return s.server
}

func (s *script) ask(st step) string {
	s.start()
	all, err := questions(st.args)
	if err != nil {
		return err.Error()
	}
	for _, q := range all {
		s.asked = append(s.asked, q)
		got, trouble := s.answer(q, st.want)
		if trouble != "" {
			return trouble
		}
		if before, ok := s.got[st.at]; ok && !slices.Equal(before, got) {
			return q.text + ": another answer than the question before it has"
		}
		s.got[st.at] = got
	}
	return ""
}

// answer asks one question, until the answer is right if that may take a moment, and tells the answer, and what is wrong
// with it.
func (s *script) answer(q question, want []string) (got []string, trouble string) {
	any := *update
	once := func() (trouble string) {
		got, trouble = s.exchange(q, want, any)
		return trouble
	}
	if s.patient || q.eventually {
		any = false
		if trouble = eventually(once); trouble == "" || !*update {
			return got, trouble
		}
		any = true
	}
	if trouble = once(); trouble != "" || q.times == 0 {
		return got, trouble
	}
	troubles := make(chan string)
	for range q.times {
		go func() {
			_, trouble := s.exchange(q, got, false)
			troubles <- trouble
		}()
	}
	for range q.times {
		trouble = cmp.Or(trouble, <-troubles)
	}
	return got, trouble
}

// exchange asks one question once. Any answer may be right.
func (s *script) exchange(q question, want []string, any bool) (got []string, trouble string) {
	m, err := s.server.exchange(q)
	if err != nil {
		return nil, q.text + ": " + err.Error()
	}
	got = q.tell(m)
	if !any && !slices.Equal(got, q.expected(want)) {
		return got, q.text + "\ngot\n\t" + strings.Join(got, "\n\t") + "\nwant\n\t" + strings.Join(q.expected(want), "\n\t")
	}
	if q.other {
		return got, ""
	}
	return got, sameExits(s.server, q, m)
}

func (s *script) write(st step) string {
	if len(st.args) != 3 || st.args[1] != "<-" {
		return "write: want FILE <- FILE"
	}
	text, ok := s.read(st.args[2])
	if !ok {
		return "write: no file " + st.args[2]
	}
	s.patient = s.server != nil
	return words(writeFile(st.args[0], []byte(text)))
}

func (s *script) remove(st step) string {
	s.patient = s.server != nil
	return words(os.Remove(st.args[0]))
}

func (s *script) generate(st step) string {
	args := map[string]string{}
	for _, a := range st.args[1:] {
		key, value, _ := strings.Cut(a, "=")
		args[key] = value
	}
	data, err := generate(args)
	if err != nil {
		return "generate: " + err.Error()
	}
	s.patient = s.server != nil
	return words(writeFile(st.args[0], data))
}

func (s *script) event(st step) string {
	changes, err := changesIn(st.args[1], st.args[0] == "delete")
	if err != nil {
		return err.Error()
	}
	for _, c := range changes {
		s.changes[c.Ref] = c
	}
	s.start().tell(changes...)
	return ""
}

func (s *script) reload(st step) string {
	corefile, ok := s.read(st.args[0])
	if !ok {
		return "reload: no file " + st.args[0]
	}
	return words(s.start().reload(s.edit(corefile)))
}

func (s *script) ready(st step) string {
	for _, k := range s.start().handlers {
		if k.Ready() != (st.verb == "ready") {
			return "it is the other way round"
		}
	}
	return ""
}

func (s *script) logs(st step) string {
	s.start()
	text := strings.Join(st.args, " ")
	return eventually(func() string {
		if strings.Contains(s.log.String(), text) {
			return ""
		}
		return "logged was only\n" + s.log.String()
	})
}

func (s *script) startError(st step) string {
	corefile, _ := s.read("Corefile")
	server, err := startServer(s.edit(corefile))
	if err == nil {
		s.server = server
		return "it has started"
	}
	if text := strings.Join(st.args, " "); !strings.Contains(err.Error(), text) {
		return "got  " + err.Error() + "\nwant " + text
	}
	return ""
}

// stop ends the story: with the questions asked once more of a server that starts only now, and with nothing left
// behind.
func (s *script) stop() {
	if s.server == nil {
		return
	}
	s.end()
	if !s.Failed() {
		s.again()
	}
	if err := s.server.stop(); err != nil {
		s.Error(err)
	}
	if left := eventually(leftBehind); left != "" {
		s.Error("left behind:\n", left)
	}
	if s.Failed() {
		s.Log("log:\n", s.log)
	}
}

// words is what the error says, "" for none.
func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
