//go:build !linux

package express

import (
	"errors"
	"net"
)

// Lane is nothing here.
type Lane struct{}

// ErrSystem says that this system has no lanes.
var ErrSystem = errors.New("want Linux: no other system gives a lane its sockets")

// Held is nothing here.
type Held struct{}

// Hold holds nothing.
func Hold(string) *Held { return &Held{} }

// Release does nothing.
func (*Held) Release() {}

// Open fails.
func Open(string, int, int, *Held) (*Lane, error) { return nil, ErrSystem }

// LocalAddr is nil.
func (*Lane) LocalAddr() net.Addr { return nil }

// Unsteered is why.
func (*Lane) Unsteered() error { return ErrSystem }

// Use does nothing.
func (*Lane) Use(*Program) *Program { return nil }

// Reseat fails.
func (*Lane) Reseat(int, int) error { return ErrSystem }

// Others is none.
func (*Lane) Others() int { return 0 }

// Close does nothing.
func (*Lane) Close(int) {}

// End does nothing.
func (*Lane) End() {}

// Each does nothing.
func (*Lane) Each(func(Answerer)) {}

// Stats is zero.
func (*Lane) Stats() Stats { return Stats{} }
