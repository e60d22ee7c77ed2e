package kubenames

import (
	"regexp"
	"slices"
	"time"

	"github.com/coredns/caddy"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Verbs of stories about an API server that is out of reach.

// kubenamesBlock is the plugin's block in a Corefile of one block.
var kubenamesBlock = regexp.MustCompile(`(?s)kubenames [^{\n]*\{.*?\n    \}`)

// pictured is objects that are known, at a version.
type pictured struct {
	objects []cluster.Object
	version uint64
}

func (k pictured) Version() uint64 { return k.version }

func (k pictured) Objects(kind cluster.Kind) (some []cluster.Object) {
	for _, o := range k.objects {
		if o.Ref().Kind == kind {
			some = append(some, o)
		}
	}
	return some
}

// objectsIn is the objects of a manifest file.
func objectsIn(file string) (all []cluster.Object, err error) {
	changes, err := changesIn(file, false)
	for _, c := range changes {
		all = append(all, c.Object)
	}
	return all, err
}

// saved saves what is in a manifest file as an earlier process of the Corefile's block would have.
func (s *script) saved(st step) string {
	if len(st.args) < 2 {
		return "saved: want FILE AGE"
	}
	age, err := time.ParseDuration(st.args[1])
	if err != nil {
		return err.Error()
	}
	corefile, _ := s.read("Corefile")
	cfg, err := parse(caddy.NewTestController("dns", kubenamesBlock.FindString(corefile)))
	if err != nil {
		return err.Error()
	}
	file, err := cfg.file()
	if err != nil {
		return err.Error()
	}
	source, err := newSource(cfg)
	if err != nil {
		return err.Error()
	}
	all, err := objectsIn(st.args[0])
	if err != nil {
		return err.Error()
	}
	return words(file.Save(time.Now().Add(-age), source.Kinds(), pictured{all, 1000}))
}

// list tells each watch that there is what is in the file, of each kind or of those that are named.
func (s *script) list(st step) string {
	all, err := objectsIn(st.args[0])
	if err != nil {
		return err.Error()
	}
	s.start().list(all, st.args[1:]...)
	s.lists = append(s.lists, st)
	return ""
}

// list tells each watch of the server of all objects of its kinds, one kind after the other; of those alone that are named,
// if any is.
func (s *server) list(all []cluster.Object, kinds ...string) {
	told := map[*watch]bool{}
	for _, k := range s.handlers {
		w := k.seat.watch
		if told[w] {
			continue
		}
		told[w] = true
		for _, kind := range w.keeper.Kinds() {
			if len(kinds) == 0 || slices.Contains(kinds, kind.String()) {
				w.keeper.Replace([]cluster.Kind{kind}, all, 2000)
			}
		}
	}
}
