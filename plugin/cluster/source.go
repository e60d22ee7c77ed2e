package cluster

import "context"

// Source tells of a cluster, from wherever it knows it.
type Source interface {
	// Kinds lists the kinds of object that the source tells of. The picture is whole once each of them
	// was replaced.
	Kinds() []Kind
	// Run tells the sink until the context ends, and returns after the last call to the sink. An error
	// means that the source cannot go on; trouble that may pass is the source's own to retry and report.
	Run(context.Context, Sink) error
}

// Sink takes what a Source tells. Any goroutine may call it; a call returns when what it told is answered.
type Sink interface {
	// Apply takes changes in order. A question sees all of them or none.
	Apply(...Change)
	// Replace takes all objects that there are of the kinds; others of these kinds are gone. The version is that of
	// the cluster, as in a Change.
	Replace(kinds []Kind, objects []Object, version uint64)
}
