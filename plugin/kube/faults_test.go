package kube

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// faults is what an apiServer does wrong. Its lock guards it.
type faults struct {
	forbiddenWatches map[string]bool                              // resource: not to be watched, but to be listed
	stalls           map[string]int                               // resource: answers to lists that stop in the middle
	expires          map[string]int                               // resource: pages after the first that are forgotten
	broken           map[string]func(url.Values) http.HandlerFunc // resource: what answers instead, or nil
}

// change changes how the server is, under its lock.
func (s *apiServer) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// refuses reports whether the request is forbidden.
func (s *apiServer) refuses(resource string, q url.Values) bool {
	return s.forbidden[resource] || s.forbiddenWatches[resource] && q.Get("watch") != ""
}

// breaks is what answers in the place of what is right, or nil.
func (s *apiServer) breaks(resource string, q url.Values) http.HandlerFunc {
	list := q.Get("watch") == ""
	switch {
	case list && s.stalls[resource] > 0:
		s.stalls[resource]--
		return func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"kind":"List","items":[`)
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	case list && q.Get("continue") != "" && s.expires[resource] > 0:
		s.expires[resource]--
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusGone)
			fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"message":"the continue token is too old"}`)
		}
	case s.broken[resource] != nil:
		return s.broken[resource](q)
	}
	return nil
}

// stamped is the object with the next version, unless it has one of its own.
func (s *apiServer) stamped(object any) any {
	o, ok := object.(runtime.Object)
	if !ok || o.(interface{ GetResourceVersion() string }).GetResourceVersion() != meta("", "").ResourceVersion {
		return object
	}
	s.version++
	o = o.DeepCopyObject()
	o.(metav1.Object).SetResourceVersion(fmt.Sprint(s.version))
	return o
}

// ofMetadata reports whether the request is for metadata alone.
func ofMetadata(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata")
}

// found are the items that a request is for.
func (s *apiServer) found(r *http.Request, resource string) (items []runtime.Object) {
	q, name, namespace := r.URL.Query(), "", ""
	for part := range strings.SplitSeq(q.Get("fieldSelector"), ",") {
		if n, ok := strings.CutPrefix(part, "metadata.name="); ok {
			name = n
		}
	}
	if parts := strings.Split(r.URL.Path, "/"); len(parts) > 3 && parts[len(parts)-3] == "namespaces" {
		namespace = parts[len(parts)-2]
	}
	for _, item := range selected(s.items[resource], q.Get("labelSelector")) {
		o := item.(metav1.Object)
		if name != "" && o.GetName() != name || namespace != "" && o.GetNamespace() != namespace {
			continue
		}
		if ofMetadata(r) {
			item = &metav1.PartialObjectMetadata{
				TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"},
				ObjectMeta: metav1.ObjectMeta{
					Namespace: o.GetNamespace(), Name: o.GetName(), ResourceVersion: o.GetResourceVersion(), Labels: o.GetLabels(),
				},
			}
		}
		items = append(items, item)
	}
	return items
}

// selected are the items that the label selector selects.
func selected(items []runtime.Object, selector string) []runtime.Object {
	want, err := labels.Parse(selector)
	if err != nil {
		panic(err)
	}
	return slices.DeleteFunc(slices.Clone(items), func(o runtime.Object) bool {
		return !want.Matches(labels.Set(o.(metav1.Object).GetLabels()))
	})
}

// paged is the page of the items that is asked for, and what asks for the next.
func paged(items []runtime.Object, q url.Values) (page []runtime.Object, next string) {
	from, _ := strconv.Atoi(q.Get("continue"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	items = items[from:]
	if limit > 0 && len(items) > limit {
		return items[:limit], fmt.Sprint(from + limit)
	}
	return items, ""
}

// versioned is the object in a version.
func versioned[O metav1.Object](o O, version int) O {
	o.SetResourceVersion(fmt.Sprint(version))
	return o
}
