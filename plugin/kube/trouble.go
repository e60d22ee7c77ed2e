package kube

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// sayAgain is how long the same trouble is not reported again: an outage of an hour is sixty lines for each
// kind.
const sayAgain = time.Minute

// trouble reports what goes wrong with an API server, the same thing once in a while. Any goroutine may
// use it.
type trouble struct {
	report func(error)
	mu     sync.Mutex
	said   map[string]time.Time // when a trouble was last reported
}

func newTrouble(report func(error)) *trouble {
	return &trouble{report: report, said: map[string]time.Time{}}
}

// failed reports that a request for a kind failed.
func (t *trouble) failed(verb string, w *watched, err error) {
	head := fmt.Sprintf("%s %s: ", verb, w.kind)
	// The error of a request names the whole URL, with parameters that differ each time.
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	reason, hint := apierrors.ReasonForError(err), ""
	switch {
	case reason == metav1.StatusReasonForbidden:
		hint = "; needs list and watch on " + w.resource
	case reason == metav1.StatusReasonUnauthorized:
		hint = "; the API server does not take our credentials"
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err):
		hint = "; listing again"
	}
	if reason != metav1.StatusReasonUnknown && reason != metav1.StatusReasonInternalError {
		head += strings.ToLower(string(reason)) + ": "
	}
	key := head + err.Error()
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		key = head + errno.Error() // without the ephemeral port, which differs each time
	}
	t.sayOnce(key, fmt.Errorf("%s%w%s", head, err, hint))
}

// say reports a text.
func (t *trouble) say(text string) { t.sayOnce(text, errors.New(text)) }

// sayOnce reports the error unless one of that key was reported lately.
func (t *trouble) sayOnce(key string, err error) {
	if t.isNew(key, time.Now()) {
		t.report(err)
	}
}

func (t *trouble) isNew(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, when := range t.said {
		if now.Sub(when) >= sayAgain {
			delete(t.said, k)
		}
	}
	if _, ok := t.said[key]; ok {
		return false
	}
	t.said[key] = now
	return true
}

// fallsBack reports whether a reflector answers the error of this request with a plain list, which is then
// the one to report what is wrong: a server that does not know streaming lists is nothing to tell of.
func fallsBack(o metav1.ListOptions, err error) bool {
	return o.SendInitialEvents != nil && !utilnet.IsConnectionRefused(err) && !apierrors.IsTooManyRequests(err)
}
