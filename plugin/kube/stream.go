package kube

import (
	"context"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// stream is a watch that tells of the errors which come as events: a reflector only logs them. It ends with its
// context, too: a reflector that panics does not stop its watch. And it ends if it is silent for too long: nothing tells
// a watch on which nothing happens from one that is dead. Stop returns after the watch below has ended, so
// that no goroutine is left behind.
type stream struct {
	below   watch.Interface
	told    streamTold
	listing bool // the list that it begins with has not ended; its goroutine's
	events  chan watch.Event
	stop    sync.Once
	stopped chan struct{}
	ended   chan struct{}
}

// streamTold is who is told of what becomes of a stream.
type streamTold struct {
	listed func()      // the list that a watch begins with was handed on, or is not going to be; maybe more than once
	failed func(error) // an error came
	silent func(bool)  // it ends because nothing came, or, if true, nothing more of the list that it begins with
}

// newStream takes the watch over. It ends when nothing comes for as long as silence says. If it is listing, which is to
// begin with a list, nothing counts until the end of that but the objects in it.
func newStream(ctx context.Context, below watch.Interface, listing bool, told streamTold, silence func() time.Duration) *stream {
	s := &stream{below: below, told: told, listing: listing, events: make(chan watch.Event), stopped: make(chan struct{}), ended: make(chan struct{})}
	release := context.AfterFunc(ctx, s.halt)
	go func() {
		defer close(s.ended)
		defer close(s.events)
		defer release()
		defer told.listed()
		s.pass(ctx, silence())
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

// pass hands events on until the watch below ends. Who takes them may take his time.
func (s *stream) pass(ctx context.Context, silence time.Duration) {
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case event, ok := <-s.below.ResultChan():
			if !ok {
				return
			}
			s.hand(ctx, event)
			if !s.listing || event.Type == watch.Added {
				quiet.Reset(silence)
			}
		case <-quiet.C:
			select {
			case <-s.stopped: // it only waits for its end
			default:
				s.told.silent(s.listing)
				s.halt()
			}
		}
	}
}

// hand hands an event on. An error of a watch that was stopped is that it was.
func (s *stream) hand(ctx context.Context, event watch.Event) {
	if event.Type == watch.Error && ctx.Err() == nil {
		select {
		case <-s.stopped:
			return
		default:
			s.told.failed(apierrors.FromObject(event.Object))
		}
	}
	whole := listEnds(event)
	select {
	case s.events <- event:
	case <-s.stopped: // nobody reads any more
	}
	if whole {
		s.listing = false
		s.told.listed()
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
