package cluster

// Change changes one endpoint of some service: at one call it turns unready, as when its pod terminates, and at the next it
// is back with another address. The first endpoint of each slice stays what it is, so that questions about it have the same
// answer all the time.
func (c *Cluster) Change() {
	if s, j, ok := c.replaced(c.turn / 2); ok {
		c.Step(s, j, c.turn%2)
	}
	c.turn++
}

// Step is one of the two writes that replace the endpoint j of a service: 0 and 1, see Change.
func (c *Cluster) Step(s Service, j, step int) {
	if step == 0 {
		c.Terminate(s, j)
	} else {
		c.Move(s, j)
	}
}

// replaced is the endpoint that is the nth to be replaced, if its service has one that may be.
func (c *Cluster) replaced(n int) (s Service, j int, ok bool) {
	s = c.Numbered(n * 7919 % max(1, c.Services))
	switch {
	case n%20 == 0 && c.Big > 1:
		s = c.BigService()
	case n%20 == 10 && c.Middle > 1:
		s = c.MiddleService()
	}
	if s.Count < 2 {
		return s, 0, false
	}
	j = (n + 1) % s.Count
	if j%PerSlice == 0 {
		j = min(j+1, s.Count-1)
	}
	return s, j, true
}

// Terminate makes the endpoint j of a service unready, as Kubernetes does before one is removed.
func (c *Cluster) Terminate(s Service, j int) {
	c.going[s.First+j] = true
	c.PutSlice(s, j/PerSlice, nil)
}

// Move gives the endpoint j of a service another address, and makes it ready.
func (c *Cluster) Move(s Service, j int) {
	delete(c.going, s.First+j)
	c.moved[s.First+j]++
	c.PutSlice(s, j/PerSlice, nil)
}
