package kube

import (
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
)

// stream is a watch that tells of the errors which come as events: a reflector only logs them. Its Stop
// returns after the watch below has ended, so that no goroutine is left behind.
type stream struct {
	below   watch.Interface
	events  chan watch.Event
	stop    sync.Once
	stopped chan struct{}
	ended   chan struct{}
}

// newStream takes the watch over.
func newStream(below watch.Interface, failed func(error)) *stream {
	s := &stream{below: below, events: make(chan watch.Event), stopped: make(chan struct{}), ended: make(chan struct{})}
	go s.pass(failed)
	return s
}

// ResultChan is closed when the watch has ended.
func (s *stream) ResultChan() <-chan watch.Event { return s.events }

// Stop ends the watch. It may be called more than once.
func (s *stream) Stop() {
	s.stop.Do(func() {
		close(s.stopped)
		s.below.Stop()
	})
	<-s.ended
}

// pass hands events on until the watch below ends.
func (s *stream) pass(failed func(error)) {
	defer close(s.ended)
	defer close(s.events)
	for event := range s.below.ResultChan() {
		select {
		case <-s.stopped:
			continue // nobody reads any more
		default:
		}
		if event.Type == watch.Error {
			failed(apierrors.FromObject(event.Object))
		}
		select {
		case s.events <- event:
		case <-s.stopped:
		}
	}
}
