package kube

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// stillAhead sees whether the server is where the watch was: one that went back sends nothing, not even a bookmark, until
// it has come as far again. An error means that the watch is not to be opened: nobody knows, and a list is right in any case.
// A no is an error like any other: a server that was just started knows nobody's permissions for a moment, and the next
// request may be let in. So whoever is reached is asked again for a while, which spares a list.
func (f *follower) stillAhead(ctx context.Context) error {
	was := f.position.at()
	if was == 0 {
		return nil
	}
	for until := time.Now().Add(f.live.times.learn); ; {
		now, err := f.newest(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			if now != 0 && now < was {
				f.wentBack("watch", was, now)
			}
			return ctx.Err() // what went back is listed again
		case unreached(err) || time.Now().After(until):
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(soon()):
		}
	}
}

// newest is the version of the cluster that the server's storage has now. It costs one object of the kind.
func (f *follower) newest(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, f.live.times.probe)
	defer cancel()
	list, err := f.list(ctx, "", metav1.ListOptions{Limit: 1})
	if err != nil {
		return 0, err
	}
	return versionOfList(list), nil
}

// way is the connection that a request takes, which client-go may make more than once. The zero value is ready, for one request.
type way struct {
	conn  atomic.Pointer[net.Conn]
	tries atomic.Int32
}

// traced is the context for the request.
func (w *way) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) {
			w.conn.Store(&i.Conn)
			w.tries.Add(1)
		},
	})
}

// taken is the connection; nil: nobody knows.
func (w *way) taken() net.Conn {
	if conn := w.conn.Load(); conn != nil {
		return *conn
	}
	return nil
}

// again reports whether it was not the first try that was answered.
func (w *way) again() bool { return w.tries.Load() > 1 }
