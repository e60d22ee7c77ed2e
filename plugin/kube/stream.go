package kube

import (
	"context"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// stream is a watch that tells of the errors which come as events: a reflector only logs them. It ends with its
// context, too: a reflector that panics does not stop its watch. Stop returns after the watch below has ended, so
// that no goroutine is left behind.
type stream struct {
	below   watch.Interface
	events  chan watch.Event
	stop    sync.Once
	stopped chan struct{}
	ended   chan struct{}
}

// newStream takes the watch over. It calls listed, maybe more than once, when the list that a watch begins with was
// handed on, or is not going to be.
func newStream(ctx context.Context, below watch.Interface, listed func(), failed func(error)) *stream {
	s := &stream{below: below, events: make(chan watch.Event), stopped: make(chan struct{}), ended: make(chan struct{})}
	release := context.AfterFunc(ctx, s.halt)
	go func() {
		defer close(s.ended)
		defer close(s.events)
		defer release()
		defer listed()
		s.pass(ctx, listed, failed)
	}()
	return s
}

// ResultChan is closed when the watch has ended.
func (s *stream) ResultChan() <-chan watch.Event { return s.events }

// Stop ends the watch. It may be called more than once.
func (s *stream) Stop() {
	s.halt()
	<-s.ended
}

func (s *stream) halt() {
	s.stop.Do(func() {
		close(s.stopped)
		s.below.Stop()
	})
}

// pass hands events on until the watch below ends.
func (s *stream) pass(ctx context.Context, listed func(), failed func(error)) {
	for event := range s.below.ResultChan() {
		if event.Type == watch.Error && ctx.Err() == nil {
			failed(apierrors.FromObject(event.Object))
		}
		whole := listEnds(event)
		select {
		case s.events <- event:
		case <-s.stopped: // nobody reads any more
		}
		if whole {
			listed()
		}
	}
}

// listEnds reports whether the list that a watch begins with ends with the event.
func listEnds(event watch.Event) bool {
	if event.Type != watch.Bookmark {
		return false
	}
	o, ok := event.Object.(metav1.Object)
	return ok && o.GetAnnotations()[metav1.InitialEventsAnnotationKey] == "true"
}
