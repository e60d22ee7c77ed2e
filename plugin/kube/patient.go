package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// errStalled is what becomes of a request whose answer does not go on.
var errStalled = errors.New("the API server's answer does not go on")

// patient is a transport that gives up an answer which makes no progress for so long: one that was not begun, or one that
// stands still in the middle. However long it takes in all, is no matter. It notes when the server was heard of. Watches
// are patient on their own. Any goroutine may use it.
type patient struct {
	next          http.RoundTripper
	limit         func() time.Duration
	heard, failed func() // of the server, or nothing
}

var _ utilnet.RoundTripperWrapper = (*patient)(nil)

// WrappedRoundTripper is the transport below.
func (p *patient) WrappedRoundTripper() http.RoundTripper { return p.next }

// RoundTrip implements http.RoundTripper.
func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	limit := p.limit()
	timer := time.AfterFunc(limit, func() { cancel(errStalled) })
	answer, err := p.next.RoundTrip(r.WithContext(ctx))
	timer.Stop()
	if err != nil {
		if context.Cause(ctx) == errStalled {
			err = errStalled
		}
		if r.Context().Err() == nil {
			p.failed()
		}
		cancel(nil)
		return nil, err
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		p.failed()
	} else {
		p.heard()
	}
	body := &patientBody{ReadCloser: answer.Body, ctx: ctx, cancel: cancel, failed: p.failed}
	if r.URL.Query().Get("watch") == "" {
		body.timer, body.limit = timer, limit
	}
	answer.Body = body
	return answer, nil
}

// patientBody is the body of an answer. Its owner alone uses it.
type patientBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer // nil: of a watch
	limit  time.Duration
	failed func()
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) {
	if b.timer != nil {
		b.timer.Reset(b.limit)
		defer b.timer.Stop()
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && context.Cause(b.ctx) == errStalled {
		b.failed()
		return n, errStalled
	}
	return n, err
}

// Close implements io.Closer.
func (b *patientBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
