package kubenames

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A story is a txtar archive: a Corefile, files that it serves or that come later, and a section "story" with a step
// a line. What a step expects follows it, up to an empty line; # starts a comment.
//
//	ask TYPE[,TYPE...] NAME... [+FLAG...] [class=CLASS] [opcode=OPCODE]
//	                          each TYPE of each NAME; what is expected is an answer as in
//
//	    NOERROR aa            rcode, flags; soa=ZONE for a denial; opt=SIZE, do and ede=CODE of the OPT
//	    a.example. 5 IN A 10.0.0.1
//	    additional:           or authority:
//	    ...
//
//	transfer ZONE [serial=SERIAL|current|newer|older] [+count] [+messages=N]
//	                          AXFR over TCP, or, with a serial, IXFR; what is expected is the rcode and the records, those of
//	                          the SOA with them, in at least N messages
//	write FILE <- FILE        copies a file of the archive; the answers that follow have a while to come true
//	remove FILE               likewise
//	generate FILE ...         writes EndpointSlices, see generate
//	event put FILE            as if a watch had told of the objects in the file: the answers are there at once
//	event delete FILE         as if a watch had told that they are gone
//	saved FILE AGE            the snapshot of the Corefile's block holds the objects in the file, as of so long ago
//	list FILE [KIND...]       as if lists had told that the objects in the file are all that there are, of these kinds
//	reload FILE               another Corefile
//	ready, not-ready          what the plugin says of itself
//	log TEXT                  a line that contains the text is logged by now, or soon
//	expect-start-error TEXT   the server does not start, and this is why
//
// Flags: +tcp, +rd, +cd, +ad, +do, +edns=SIZE (no EDNS without), +ordered (records in this order), +count (how many
// records of each type, not which), +eventually (the answer has a while to come true), +times=N (N clients ask at once),
// +other (another plugin has a say: the wire exit may say something else).
type story struct {
	file    string
	archive *txtar.Archive
	lines   []string // of the section
	first   int      // line of the file that is lines[0], from 1
	steps   []step
}

type step struct {
	at   int // in lines
	verb string
	args []string
	want []string // the lines that follow it
}

func readStory(t *testing.T, file string) *story {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{file: filepath.Base(file), archive: txtar.Parse(data)}
	text, ok := s.read("story")
	if !ok {
		t.Fatalf("%s has no section story", s.file)
	}
	before, _, _ := bytes.Cut(data, []byte("-- story --\n"))
	s.first = bytes.Count(before, []byte("\n")) + 2
	s.lines = strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(s.lines); i++ {
		fields := strings.Fields(s.lines[i])
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		st := step{at: i, verb: fields[0], args: fields[1:]}
		for i+1 < len(s.lines) && (st.verb == "ask" || st.verb == "transfer") && s.lines[i+1] != "" {
			i++
			st.want = append(st.want, strings.TrimSpace(s.lines[i]))
		}
		s.steps = append(s.steps, st)
	}
	return s
}

// read is a file of the archive.
func (s *story) read(name string) (string, bool) {
	i := slices.IndexFunc(s.archive.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return "", false
	}
	return string(s.archive.Files[i].Data), true
}

// where is the place of a step, for errors.
func (s *story) where(st step) string {
	return fmt.Sprintf("%s:%d: %s", s.file, s.first+st.at, s.lines[st.at])
}

// rewrite writes the story again, with other expectations.
func (s *story) rewrite(file string, got map[int][]string) error {
	var lines []string
	last := 0
	for _, st := range s.steps {
		if want, ok := got[st.at]; ok {
			lines = append(append(lines, s.lines[last:st.at+1]...), want...)
			last = st.at + 1 + len(st.want)
		}
	}
	lines = append(lines, s.lines[last:]...)
	for i := range s.archive.Files {
		if f := &s.archive.Files[i]; f.Name == "story" {
			f.Data = []byte(strings.Join(lines, "\n") + "\n")
		}
	}
	return os.WriteFile(file, txtar.Format(s.archive), 0o644)
}

// unfold writes the archive's files below the folder.
func (s *story) unfold(dir string) error {
	for _, f := range s.archive.Files {
		if f.Name == "story" {
			continue
		}
		if err := writeFile(filepath.Join(dir, f.Name), f.Data); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file at one stroke, as who deploys manifests does.
func writeFile(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// generate makes the EndpointSlices of a Service with many endpoints:
//
//	generate FILE service=NAMESPACE/NAME endpoints=N per-slice=N first=ADDRESS [hostname=PREFIX]
func generate(args map[string]string) ([]byte, error) {
	namespace, service, _ := strings.Cut(args["service"], "/")
	var total, perSlice int
	var ip [4]int
	if _, err := fmt.Sscan(args["endpoints"]+" "+args["per-slice"], &total, &perSlice); err != nil {
		return nil, err
	}
	if _, err := fmt.Sscanf(args["first"], "%d.%d.%d.%d", &ip[0], &ip[1], &ip[2], &ip[3]); err != nil {
		return nil, err
	}
	first := ip[0]<<24 | ip[1]<<16 | ip[2]<<8 | ip[3]
	var b bytes.Buffer
	for i := range total {
		if i%perSlice == 0 {
			fmt.Fprintf(&b, "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n"+
				"metadata: {name: %s-%04d, namespace: %s, labels: {kubernetes.io/service-name: %s}}\n"+
				"ports: [{name: http, protocol: TCP, port: 80}]\nendpoints:\n", service, i/perSlice, namespace, service)
		}
		a := first + i
		fmt.Fprintf(&b, "- {addresses: [%d.%d.%d.%d]", a>>24, a>>16&255, a>>8&255, a&255)
		if h := args["hostname"]; h != "" {
			fmt.Fprintf(&b, ", hostname: %s%04d", h, i)
		}
		fmt.Fprintln(&b, "}")
	}
	return b.Bytes(), nil
}
