package cluster

// Change gives one endpoint of some service another address, as when a pod is replaced. The first endpoint of each slice
// stays what it is, so that questions about it have the same answer all the time.
func (c *Cluster) Change() {
	all := max(1, c.Services)
	s := c.Numbered(c.turn * 7919 % all)
	switch {
	case c.turn%20 == 0 && c.Big > 1:
		s = c.BigService()
	case c.turn%20 == 10 && c.Middle > 1:
		s = c.MiddleService()
	}
	c.turn++
	if s.Count < 2 {
		return
	}
	j := c.turn % s.Count
	if j%PerSlice == 0 {
		j = min(j+1, s.Count-1)
	}
	c.Move(s, j)
}

// Move gives the endpoint j of a service another address.
func (c *Cluster) Move(s Service, j int) {
	c.moved[s.First+j]++
	c.PutSlice(s, j/PerSlice, nil)
}
