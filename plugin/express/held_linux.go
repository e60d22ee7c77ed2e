package express

// Held is the sockets that a server had at an address. Whatever becomes of the server, they keep what they have queued until a lane
// is opened with them, or Release.
type Held struct{ l *Lane }

// Hold holds the sockets that a server of this process has.
func Hold(addr string) *Held {
	l := &Lane{addr: addr, others: map[string]*other{}}
	l.look()
	return &Held{l}
}

// Release lets go of them.
func (h *Held) Release() { h.l.release() }
