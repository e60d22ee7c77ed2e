package kube

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	pageSize     = 500 // objects; what is untrimmed at a time
	mostExpiries = 3   // lists that expired before their end, until a reflector waits before the next
)

// pages lists the kind from a server that does not stream lists: some objects at a time, trimmed before the next are asked
// for. That is a read of the storage; from its cache such a server gives all at once or nothing. What changes meanwhile is
// not in it, and a server remembers for some minutes only: a list that takes longer begins again.
func (f *follower) pages(ctx context.Context) (list runtime.Object, err error) {
	for range mostExpiries {
		if list, err = f.allPages(ctx); err == nil || !expired(err) {
			break
		}
	}
	return list, err
}

// expired reports whether the server does not remember the version that was asked for.
func expired(err error) bool { return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) }

func (f *follower) allPages(ctx context.Context) (runtime.Object, error) {
	trim := f.store.Transformer()
	all := &internalversion.List{}
	o := metav1.ListOptions{FieldSelector: f.fields, LabelSelector: f.labels, Limit: pageSize}
	for {
		page, err := tryAgain(ctx, f, "list", func() (runtime.Object, error) { return f.list(ctx, "", o) })
		if err != nil {
			return nil, err
		}
		f.pulse.lives()
		m, err := apimeta.ListAccessor(page)
		if err != nil {
			return nil, err
		}
		if o.Continue == "" {
			all.ResourceVersion = m.GetResourceVersion()
		}
		err = apimeta.EachListItem(page, func(object runtime.Object) error {
			small, err := trim(object)
			if o, ok := small.(runtime.Object); ok && err == nil {
				all.Items = append(all.Items, o)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if o.Continue = m.GetContinue(); o.Continue == "" {
			return all, nil
		}
	}
}

// versionOfList is the version of the cluster that a list shows, or 0 if it does not say.
func versionOfList(list runtime.Object) uint64 {
	m, err := apimeta.ListAccessor(list)
	if err != nil {
		return 0
	}
	return number(m.GetResourceVersion())
}
