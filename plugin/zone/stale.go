package zone

import "github.com/kubenames/kubenames/plugin/answer"

// Doubt is a reason why the picture, though whole, may be out of date. Each is a bit of its own: who knows of a reason says
// when it begins and when it ends, whatever others say of theirs.
type Doubt uint32

// The reasons that there are.
const (
	// Saved: the picture was saved by an earlier process, and the source has not confirmed all of it yet.
	Saved Doubt = 1 << iota
	// Unheard: the source has been out of reach for longer than the operator accepts.
	Unheard
)

// Stale says that there is the reason to doubt the picture from now on, or that there is not any more. While there is any,
// what the zone says out of the cluster carries an extended error (RFC 8914 4.4, 4.20), to clients that speak EDNS. Nothing is
// published anew, and answers that caches keep do not tell: an OPT goes no further than one hop (RFC 6891 6.2.1). Any
// goroutine may call it.
func (z *Zone) Stale(why Doubt, on bool) {
	if on {
		z.doubts.Or(uint32(why))
	} else {
		z.doubts.And(^uint32(why))
	}
}

// Doubts is the reasons that there are now. Any goroutine may call it.
func (z *Zone) Doubts() Doubt { return Doubt(z.doubts.Load()) }

// doubt marks a reply that is made of the cluster, as an outcome of what the name is. An alias is an answer, even if it leads
// nowhere. What this server knows by itself is not in doubt.
func (n *node) doubt(r *answer.Reply, o Outcome) {
	switch {
	case n.kind == versionName || n.kind == serverName:
	case o == Absent:
		r.Extended = answer.StaleDenial
	default:
		r.Extended = answer.Stale
	}
}
