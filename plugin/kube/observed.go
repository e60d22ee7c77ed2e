package kube

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// Request is what became of a request to an API server.
type Request struct {
	Method, Host string
	Code         string        // of HTTP; "<error>" if there was no answer
	Took         time.Duration // until the answer was read whole; 0 for a watch, which never is
}

// observed is a transport that tells of each request. Client-go has a hook for that, but only one in a process, and
// other plugins may have it.
type observed struct {
	next http.RoundTripper
	tell func(Request)
}

var _ utilnet.RoundTripperWrapper = (*observed)(nil)

// WrappedRoundTripper is the transport below.
func (o *observed) WrappedRoundTripper() http.RoundTripper { return o.next }

// RoundTrip implements http.RoundTripper.
func (o *observed) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	told := Request{Method: r.Method, Host: r.URL.Host, Code: "<error>"}
	answer, err := o.next.RoundTrip(r)
	if err != nil {
		told.Took = time.Since(start)
		o.tell(told)
		return answer, err
	}
	told.Code = strconv.Itoa(answer.StatusCode)
	if answer.StatusCode == http.StatusOK && r.URL.Query().Get("watch") != "" {
		o.tell(told)
		return answer, nil
	}
	answer.Body = &observedBody{ReadCloser: answer.Body, done: func() {
		told.Took = time.Since(start)
		o.tell(told)
	}}
	return answer, nil
}

// observedBody is the body of an answer that tells when it was read, or given up. Its owner alone uses it.
type observedBody struct {
	io.ReadCloser
	done func() // nil: told
}

// Read implements io.Reader.
func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.end()
	}
	return n, err
}

// Close implements io.Closer.
func (b *observedBody) Close() error {
	b.end()
	return b.ReadCloser.Close()
}

func (b *observedBody) end() {
	if b.done != nil {
		b.done()
		b.done = nil
	}
}
