package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// A watch that loses an event is not noticed by anything that it tells. So at times what is held of a kind is compared
// with what the server has in its cache: the version of each object, by its name. What differs may be on its way. It
// counts if it still differs when the watch has come as far as what it was compared with, or had the time to. What the server
// has as it was before we heard of it is of another history.

const (
	mostDoubts = 1000 // objects that are looked at one by one; of more, the kind is listed
	mostMended = 20   // likewise, read one by one
	mostNamed  = 10   // in a report
)

// namer is a cluster.Sink that can tell the names that it holds.
type namer interface {
	Names(cluster.Kind, func(namespace, name string))
}

// doubt is an object that may not be what it is held to be.
type doubt struct {
	namespace, name string
	version         uint64
	hash            uint64
	gone            bool     // it is held, and there is none
	back            bool     // it is held in a later version, which the server should have
	held            uint64   // that version
	what            Incident // what seems to have been missed
}

// versions is what a store needs for audits; nil if there are none.
func (l *Live) versions() *versions {
	if l.options.Audit <= 0 {
		return nil
	}
	return newVersions(0)
}

// audit compares the kind, and mends what differs.
func (f *follower) audit(ctx context.Context) (Audited, error) {
	doubts, version, err := f.compare(ctx)
	switch {
	case f.untaught(err):
		return Equal, nil
	case err != nil:
		return Failed, errors.Join(err, f.stillAhead(ctx)) // a server that went back does not know of our version
	}
	if len(doubts) == 0 {
		return Equal, nil
	}
	switch back, err := f.anyBack(ctx, f.store.remaining(doubts, version)); {
	case err != nil:
		return Failed, err
	case back:
		return Differed, nil // no need to wait for what will not come
	}
	f.settle(ctx, until(doubts, version))
	doubts = f.store.remaining(doubts, version)
	if len(doubts) == 0 || ctx.Err() != nil {
		return Equal, ctx.Err()
	}
	return f.mend(ctx, doubts)
}

// until is how far a watch is that has told of all doubts, of a list of the version.
func until(doubts []doubt, version uint64) (newest uint64) {
	for _, d := range doubts {
		if d.gone {
			return version
		}
		newest = max(newest, d.version)
	}
	return newest
}

// anyBack looks at one that seems to have gone back, and reports whether it is older in the server's storage than it is held to be.
// Then everything is listed again.
func (f *follower) anyBack(ctx context.Context, doubts []doubt) (bool, error) {
	for _, d := range doubts {
		if d.back {
			differed, err := f.mendOne(ctx, &d)
			return differed && d.what == Backwards, err
		}
	}
	return false, nil
}

// compare tells which objects may differ from those that there are, and the version of the latter. Of very many it names but some.
func (f *follower) compare(ctx context.Context) (doubts []doubt, version uint64, err error) {
	free, err := f.live.slots.take(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer free()
	f.store.unmark()
	at := map[uint64]int{} // of doubts, by hash
	version, err = f.takeInventory(ctx, func(namespace, name string, version uint64) {
		hash, same := f.store.compare(namespace, name, version)
		if i, again := at[hash]; again {
			doubts[i].version = version // it has changed while the list came
		} else if !same && len(doubts) < mostDoubts {
			at[hash] = len(doubts)
			doubts = append(doubts, doubt{namespace: namespace, name: name, version: version, hash: hash})
		}
	})
	if err != nil {
		return nil, 0, err
	}
	f.store.unmarked(func(hash uint64) {
		if len(doubts) < mostDoubts {
			doubts = append(doubts, doubt{hash: hash, gone: true})
		}
	})
	return doubts, version, nil
}

// settle waits for the watch to come as far as the version, but not for ever: it may not be told so.
func (f *follower) settle(ctx context.Context, version uint64) {
	tick := time.NewTicker(f.live.times.settle/100 + 1)
	defer tick.Stop()
	limit := time.NewTimer(f.live.times.settle)
	defer limit.Stop()
	for f.position.at() < version {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-tick.C:
		}
	}
}

// mend makes what differs right, and tells of it.
func (f *follower) mend(ctx context.Context, doubts []doubt) (Audited, error) {
	position, newest := f.position.at(), uint64(0)
	for _, d := range doubts {
		newest = max(newest, d.version)
	}
	if !f.named(doubts) || newest > position || len(doubts) > mostMended {
		f.tellDiffering(doubts, "listing again")
		if newest > position {
			f.live.options.incident(f.kind, Stuck)
		}
		f.relist()
		return Differed, nil
	}
	var real []doubt
	for _, d := range doubts {
		differed, err := f.mendOne(ctx, &d)
		if err != nil {
			return Failed, err
		}
		switch {
		case differed && d.what == Backwards:
			return Differed, nil
		case differed:
			real = append(real, d)
		}
	}
	if len(real) == 0 {
		return Equal, nil
	}
	f.tellDiffering(real, "made right")
	f.reopen()
	return Differed, nil
}

// named finds the names of what is held and gone, and reports whether it could.
func (f *follower) named(doubts []doubt) bool {
	nameless := map[uint64]*doubt{}
	for i := range doubts {
		if doubts[i].gone {
			nameless[doubts[i].hash] = &doubts[i]
		}
	}
	if len(nameless) == 0 {
		return true
	}
	n, ok := f.store.sink.(namer)
	if !ok {
		return false
	}
	n.Names(f.kind, func(namespace, name string) {
		hash := f.store.hash(namespace, name)
		if d := nameless[hash]; d != nil {
			d.namespace, d.name = namespace, name
			delete(nameless, hash)
		}
	})
	return len(nameless) == 0 // what DNS does not see has no name
}

// mendOne reads the object, and reports whether it was not what it was held to be.
func (f *follower) mendOne(ctx context.Context, d *doubt) (differed bool, err error) {
	f.store.mends(d.hash)
	defer f.store.mends(0)
	now, err := f.one(ctx, d.namespace, d.name)
	if err != nil {
		return false, err
	}
	d.what, differed = f.store.mend(f.ref(d), now, f.position.at())
	if differed && d.what == Backwards {
		f.wentBack("audit", d.held, versionOf(now))
	}
	return differed, nil
}

func (f *follower) ref(d *doubt) cluster.Ref {
	return cluster.Ref{Kind: f.kind, Namespace: d.namespace, Name: d.name}
}

// tellDiffering counts and reports what differs.
func (f *follower) tellDiffering(doubts []doubt, then string) {
	var names []string
	became := map[Incident]string{MissedAdd: "added", MissedUpdate: "changed", MissedDelete: "deleted"}
	for _, d := range doubts {
		f.live.options.incident(f.kind, d.what)
		if d.name != "" && len(names) < mostNamed {
			names = append(names, fmt.Sprintf("%s (%s)", f.ref(&d), became[d.what]))
		}
	}
	text := fmt.Sprintf("audit %s: %d of them not as the API server has them", f.kind, len(doubts))
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
		if more := len(doubts) - len(names); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
	}
	f.live.options.report(fmt.Errorf("%s; %s", text, then))
}
