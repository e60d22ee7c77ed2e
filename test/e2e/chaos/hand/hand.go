// Package hand writes Services and their EndpointSlices through the API, as controllers would, and has the record note
// each request before it is sent and when it is acknowledged. A request that fails is sent again until it is done.
package hand

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// Namespace is where all of it is.
const Namespace = "chaos"

// rest is how long what has begun may take in the end.
const rest = 10 * time.Second

// longest is how long one request is tried: no story keeps the API away for so long.
const longest = 4 * time.Minute

// workers is how many requests are under way at once. Each worker has Services of its own.
const workers = 4

// Hand is a writer of Services. Any goroutine may pause it.
type Hand struct {
	client kubernetes.Interface
	record *record.Record
	gate   sync.RWMutex // held for writing while paused
	pace   pace

	mu       sync.Mutex
	random   *rand.Rand
	address  uint32 // the last that was given to an endpoint
	cluster  uint32 // the last cluster IP
	name     int    // the last Service
	services [workers][]*Service
	refusals int
}

// New returns a hand that writes what the seed says. It makes its namespace.
func New(ctx context.Context, client kubernetes.Interface, r *record.Record, seed uint64) (*Hand, error) {
	h := &Hand{client: client, record: r, random: rand.New(rand.NewPCG(seed, 1)), address: 10<<24 | 128<<16, cluster: 10<<24 | 97<<16}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	_, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	return h, err
}

// Fill makes n Services, one half of them headless, with a few endpoints each.
func (h *Hand) Fill(ctx context.Context, n int) error {
	return h.each(func(worker int) error {
		for range n / workers {
			if err := h.grow(ctx, worker); err != nil {
				return err
			}
		}
		return nil
	})
}

// Crowd makes n headless Services with that many endpoints each, which nothing but Churn changes.
func (h *Hand) Crowd(ctx context.Context, n, endpoints int) (crowd []*Service, err error) {
	all := make([]*Service, n)
	err = h.each(func(worker int) (err error) {
		for i := worker; i < n && err == nil; i += workers {
			all[i], err = h.headless(ctx, "crowd", endpoints)
		}
		return err
	})
	return all, err
}

// Run changes something rate times a second until ctx ends, and then ends what it has begun.
func (h *Hand) Run(ctx context.Context, rate int) error {
	h.pace.set(rate)
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	context.AfterFunc(ctx, func() { time.AfterFunc(rest, cancel) })
	return h.each(func(worker int) error {
		for h.pace.wait(ctx) {
			h.gate.RLock()
			err := h.change(writing, worker)
			h.gate.RUnlock()
			if err != nil && !errors.Is(err, context.Canceled) {
				return err
			}
		}
		return nil
	})
}

// Pause returns when nothing is under way, and nothing will be until Resume.
func (h *Hand) Pause() { h.gate.Lock() }

// Resume goes on.
func (h *Hand) Resume() { h.gate.Unlock() }

// Refusals is how often the API did not do what it was asked, so far.
func (h *Hand) Refusals() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.refusals
}

func (h *Hand) each(work func(worker int) error) error {
	errs := make([]error, workers)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() { errs[worker] = work(worker) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// change does something to one of the worker's Services.
func (h *Hand) change(ctx context.Context, worker int) error {
	h.mu.Lock()
	mine := h.services[worker]
	dice, which := h.random.IntN(10), 0
	if len(mine) > 0 {
		which = h.random.IntN(len(mine))
	}
	h.mu.Unlock()
	switch {
	case dice == 0 || len(mine) == 0:
		if err := h.grow(ctx, worker); err != nil || len(mine) == 0 {
			return err
		}
		h.mu.Lock()
		h.services[worker] = append(mine[:which:which], h.services[worker][which+1:]...)
		h.mu.Unlock()
		return h.remove(ctx, mine[which])
	case mine[which].slice == nil:
		return nil // what has a cluster IP keeps it
	default:
		return h.replace(ctx, mine[which], 1)
	}
}

// grow makes one Service more.
func (h *Hand) grow(ctx context.Context, worker int) (err error) {
	h.mu.Lock()
	plain, endpoints := h.random.IntN(2) == 0, 1+h.random.IntN(5)
	h.mu.Unlock()
	var s *Service
	if plain {
		s, err = h.plain(ctx)
	} else {
		s, err = h.headless(ctx, "headless", endpoints)
	}
	if errors.Is(err, errTaken) {
		return h.grow(ctx, worker)
	}
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.services[worker] = append(h.services[worker], s)
	return nil
}

// errTaken says that the API server has given away an address to a Service that it then did not store.
var errTaken = errors.New("the address is taken")

// write sends a request until it is done, which it also is if an earlier try was after all.
func (h *Hand) write(ctx context.Context, answers map[record.Question]string, try func(ctx context.Context) error) error {
	w, begun := h.record.Send(answers), time.Now()
	for {
		limit, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := try(limit)
		cancel()
		switch {
		case err == nil || apierrors.IsAlreadyExists(err):
			h.record.Ack(w)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errTaken):
			for q := range answers {
				answers[q] = record.Absent
			}
			h.record.Ack(h.record.Send(answers))
			return err
		case apierrors.IsInvalid(err) || apierrors.IsForbidden(err):
			return err
		case time.Since(begun) > longest:
			return fmt.Errorf("not done in %s: %w", longest, err)
		}
		h.mu.Lock()
		h.refusals++
		h.mu.Unlock()
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
