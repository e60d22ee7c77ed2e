package api

import (
	"context"
	"net/http"
	"sync"
)

// gate keeps clients out. Any goroutine may use it; a zero gate is open.
type gate struct {
	mu     sync.Mutex
	held   map[string]bool // resources whose requests wait
	refuse bool            // connections are closed without an answer
	opened chan struct{}   // closed when the gate opens
}

// Hold lets requests for the resource through a view wait.
func (s *Server) Hold(view, resource string) {
	g := s.gate(view)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		g.held, g.opened = map[string]bool{}, make(chan struct{})
	}
	g.held[resource] = true
}

// Refuse closes all connections that ask through a view, as if nobody was there.
func (s *Server) Refuse(view string) {
	g := s.gate(view)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse = true
}

// Admit ends what Hold and Refuse began.
func (s *Server) Admit(view string) {
	g := s.gate(view)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse, g.held = false, nil
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

func (s *Server) gate(view string) *gate {
	s.gatesMu.Lock()
	defer s.gatesMu.Unlock()
	if s.gates[view] == nil {
		s.gates[view] = &gate{}
	}
	return s.gates[view]
}

// pass waits until a request for the resource may go on; it panics, for net/http to close the connection, if none may.
func (g *gate) pass(ctx context.Context, resource string) {
	g.mu.Lock()
	refuse, held, opened := g.refuse, g.held[resource], g.opened
	g.mu.Unlock()
	if refuse {
		panic(http.ErrAbortHandler)
	}
	if held {
		select {
		case <-opened:
		case <-ctx.Done():
		}
	}
}
