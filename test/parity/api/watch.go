package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
)

// fieldsOf is the fields that a selector can choose by.
func fieldsOf(o Object) fields.Set {
	set := fields.Set{"metadata.name": o.GetName(), "metadata.namespace": o.GetNamespace()}
	if p, ok := o.(*corev1.Pod); ok {
		set["status.phase"] = string(p.Status.Phase)
	}
	return set
}

// watcher writes what happens to one resource to one client. It belongs to one goroutine.
type watcher struct {
	of    resource
	see   sight
	enc   *json.Encoder
	flush func() error
}

func (w *watcher) send(kind string, o any) { w.enc.Encode(map[string]any{"type": kind, "object": o}) }

// bookmark tells the version that the client has now; initial marks the end of a streaming list.
func (w *watcher) bookmark(version uint64, initial bool) {
	meta := map[string]any{"resourceVersion": strconv.FormatUint(version, 10)}
	if initial {
		meta["annotations"] = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
	}
	w.send("BOOKMARK", map[string]any{"kind": w.of.kind, "apiVersion": w.of.version, "metadata": meta})
}

// event tells what an event means for what the client sees: an object may come into its view, or leave it.
func (w *watcher) event(e event) {
	if e.resource == "" {
		w.bookmark(e.version, false)
		return
	}
	var old, now Object
	if e.old != nil {
		old = w.see(e.old)
	}
	if e.now != nil {
		now = w.see(e.now)
	}
	switch {
	case old == nil && now != nil:
		w.send("ADDED", w.of.versioned(now))
	case old != nil && now != nil:
		w.send("MODIFIED", w.of.versioned(now))
	case old != nil:
		gone := old.DeepCopyObject().(Object)
		gone.SetResourceVersion(strconv.FormatUint(e.version, 10))
		w.send("DELETED", w.of.versioned(gone))
	}
}

// watch sends events until the client goes, or all watches are broken.
func (s *Server) watch(hw http.ResponseWriter, r *http.Request, of resource, see sight) {
	q := r.URL.Query()
	w := &watcher{of, see, json.NewEncoder(hw), http.NewResponseController(hw).Flush}
	version, _ := strconv.ParseUint(q.Get("resourceVersion"), 10, 64)
	if q.Get("sendInitialEvents") == "true" {
		var all []Object
		all, version = s.store.list(of.name)
		for _, o := range all {
			if o = see(o); o != nil {
				w.send("ADDED", of.versioned(o))
			}
		}
		w.bookmark(version, true)
	} else if _, _, _, err := s.store.since(of.name, version); err != nil {
		fail(hw, http.StatusGone, metav1.StatusReasonExpired, err.Error())
		return
	}
	for first, started := true, 0; ; first = false {
		events, more, broken, err := s.store.since(of.name, version)
		if err != nil {
			w.send("ERROR", status(http.StatusGone, metav1.StatusReasonExpired, err.Error()))
			w.flush()
			return
		}
		if first {
			started = broken
		}
		for _, e := range events {
			w.event(e)
			version = e.version
		}
		w.flush()
		if broken != started {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-more:
		}
	}
}
