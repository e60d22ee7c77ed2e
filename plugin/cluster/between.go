package cluster

// Between is where two lists begin to differ, and where each of them ends to, given their lengths and whether an element of
// the one is the same as one of the other.
func Between(n, m int, same func(i, j int) bool) (start, endN, endM int) {
	for start < min(n, m) && same(start, start) {
		start++
	}
	for n > start && m > start && same(n-1, m-1) {
		n, m = n-1, m-1
	}
	return start, n, m
}

// Between is where the list and another begin to differ, and where each of them ends to. It is much faster than to look at
// each endpoint.
func (l Endpoints) Between(m Endpoints) (start, endL, endM int) {
	start = l.front(m)
	back := l.back(m, min(l.Len(), m.Len())-start)
	return start, l.Len() - back, m.Len() - back
}

// front is how many endpoints in front are the same.
func (l Endpoints) front(m Endpoints) int {
	n := l.addrs.front(m.addrs)
	switch {
	case l.names == nil && m.names == nil:
		return n
	case l.names != nil && m.names != nil:
		return l.names.front(m.names, n)
	}
	for i := range n {
		if l.Name(i) != m.Name(i) {
			return i
		}
	}
	return n
}

// back is how many of the last endpoints, but no more than most, are the same.
func (l Endpoints) back(m Endpoints, most int) int {
	n := min(l.addrs.back(m.addrs), most)
	if l.names == nil && m.names == nil {
		return n
	}
	for i := range n {
		if l.Name(l.Len()-1-i) != m.Name(m.Len()-1-i) {
			return i
		}
	}
	return n
}

// front is how many addresses in front are the same.
func (l Addrs) front(m Addrs) int {
	if l.packed == "" || m.packed == "" {
		return 0
	}
	if l.packed[0] == m.packed[0] {
		return (sameFront(l.packed, m.packed) - 1) / stride(l.packed[0])
	}
	n, _, _ := Between(l.Len(), m.Len(), func(i, j int) bool { return l.At(i) == m.At(j) })
	return n
}

// back is how many of the last addresses are the same.
func (l Addrs) back(m Addrs) int {
	if l.packed == "" || m.packed == "" {
		return 0
	}
	if l.packed[0] == m.packed[0] {
		return sameBack(l.packed[1:], m.packed[1:]) / stride(l.packed[0])
	}
	n := 0
	for n < min(l.Len(), m.Len()) && l.At(l.Len()-1-n) == m.At(m.Len()-1-n) {
		n++
	}
	return n
}

// front is how many names in front, but no more than most, are the same.
func (n *names) front(m *names, most int) int {
	same := sameFront(n.text, m.text)
	for i := range most {
		if end := n.end(i); end != m.end(i) || end > same {
			return i
		}
	}
	return most
}

// leap is how many bytes are compared at once.
const leap = 32

// sameFront is how many bytes in front are the same.
func sameFront(a, b string) int {
	n, i := min(len(a), len(b)), 0
	for i+leap <= n && a[i:i+leap] == b[i:i+leap] {
		i += leap
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// sameBack is how many of the last bytes are the same.
func sameBack(a, b string) int {
	n, i := min(len(a), len(b)), 0
	for i+leap <= n && a[len(a)-i-leap:len(a)-i] == b[len(b)-i-leap:len(b)-i] {
		i += leap
	}
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	return i
}
