package trial

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kubenames/kubenames/test/parity/api"
	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
	"github.com/kubenames/kubenames/test/parity/world"
)

// scene is a cluster, its last change, and a question that is asked then. Immutable.
type scene struct {
	before, after snapshot // before is nil if nothing changes
	question      dialog.Question
}

// stage is where scenes are played: with in-tree servers that stay, and one of ours that is new each time.
type stage struct{ trial }

func newStage(seed uint64, c server.Config) (*stage, error) {
	s := &stage{trial{seed: seed, config: c, report: &Report{}}}
	var locals []string
	if c.Bind == "" {
		locals = server.Locals()
	}
	s.world = world.New(seed, locals)
	s.world.Imports = c.Multi
	s.api = s.newAPI()
	s.world.Beat(s.api)
	if err := s.start(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() {
	s.stop()
	s.api.Close()
}

// play plays a scene, and returns the fault that it ends with; nil if there is none.
func (s *stage) play(sc scene) (*Fault, error) {
	s.ours.Stop()
	s.ours = nil
	first := sc.before
	if first == nil {
		first = sc.after
	}
	s.set(first)
	beat := s.world.Beat(s.api)
	var err error
	if s.ours, err = server.Start(s.corefile("kubenames", late)); err != nil {
		return nil, err
	}
	if sc.before != nil {
		if err := s.await(beat); err != nil {
			return nil, err
		}
		if _, err := s.ours.Ask(sc.question); err != nil { // what is remembered may be what is wrong
			return nil, err
		}
		s.set(sc.after)
		beat = s.world.Beat(s.api)
	}
	s.written = time.Now()
	if err := s.await(beat); err != nil {
		return nil, err
	}
	s.look()
	for deadline := time.Now().Add(settle / 2); ; time.Sleep(10 * time.Millisecond) {
		_, fault, err := s.compare(sc.question)
		if err != nil || fault == nil || time.Now().After(deadline) {
			return fault, err
		}
	}
}

// set makes the cluster what the snapshot is.
func (s *stage) set(to snapshot) {
	for _, resource := range resources {
		now := s.world.Objects[resource]
		for _, key := range slices.Sorted(maps.Keys(now)) {
			if o := now[key]; to[resource][key] == nil && !isMark(o) {
				delete(now, key)
				s.api.Remove(resource, o.GetNamespace(), o.GetName())
			}
		}
		for _, key := range slices.Sorted(maps.Keys(to[resource])) {
			if o := to[resource][key]; now[key] != o && !isMark(o) {
				now[key] = o
				s.api.Put(resource, o)
			}
		}
	}
}

// resources is what a cluster has, in the order in which it is made.
var resources = []string{"namespaces", "services", "endpointslices", "pods", "serviceimports"}

func isMark(o api.Object) bool {
	return o.GetNamespace() == world.Home || o.GetName() == world.Home || o.GetName() == world.Flag
}

// String is what the scene is about.
func (sc scene) String() string {
	n := 0
	for _, all := range sc.after {
		n += len(all)
	}
	return fmt.Sprintf("%s, %d objects", sc.question, n)
}
