package kube

import (
	"context"
	"net/http"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/gentype"
	"k8s.io/client-go/rest"
	mcs "sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// importVersions are the versions of the ServiceImport that we know, the one that we like best first. Their types are
// alike, so both are read as the first.
var importVersions = []string{"v1beta1", "v1alpha1"}

// imports lists and watches ServiceImports in whichever version the server has. They are a custom resource: a server
// that was not taught it has none of them, and may be taught at any time. Any goroutine may use it.
type imports struct {
	clients []func(namespace string) *importsClient // by importVersions
	version atomic.Int32                            // the one that was listed last
	told    atomic.Bool                             // that there is none
	missing func()                                  // tells so
}

// importsClient reaches those of a namespace, or of all.
type importsClient = gentype.ClientWithList[*mcs.ServiceImport, *mcs.ServiceImportList]

func newImports(config *rest.Config, client *http.Client, missing func()) (*imports, error) {
	i := &imports{missing: missing}
	scheme := runtime.NewScheme()
	for _, version := range importVersions {
		gv := schema.GroupVersion{Group: mcs.GroupName, Version: version}
		metav1.AddToGroupVersion(scheme, gv)
		scheme.AddKnownTypeWithName(gv.WithKind("ServiceImport"), &mcs.ServiceImport{})
		scheme.AddKnownTypeWithName(gv.WithKind("ServiceImportList"), &mcs.ServiceImportList{})
	}
	codecs := serializer.NewCodecFactory(scheme)
	parameters := runtime.NewParameterCodec(scheme)
	for _, version := range importVersions {
		c := rest.CopyConfig(config)
		c.APIPath, c.GroupVersion = "/apis", &schema.GroupVersion{Group: mcs.GroupName, Version: version}
		c.NegotiatedSerializer = codecs.WithoutConversion()
		c.ContentType, c.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON // custom resources have no other
		rc, err := rest.RESTClientForConfigAndClient(c, client)
		if err != nil {
			return nil, err
		}
		i.clients = append(i.clients, func(namespace string) *importsClient {
			return gentype.NewClientWithList(mcs.ServiceImportPluralName, rc, parameters, namespace,
				func() *mcs.ServiceImport { return &mcs.ServiceImport{} }, func() *mcs.ServiceImportList { return &mcs.ServiceImportList{} })
		})
	}
	return i, nil
}

// list lists in the best version that the server has. None is an empty list, and told of once.
func (i *imports) list(ctx context.Context, namespace string, o metav1.ListOptions) (runtime.Object, error) {
	for v, c := range i.clients {
		list, err := c(namespace).List(ctx, o)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err == nil {
			i.found(v)
		}
		return list, err
	}
	if !i.told.Swap(true) {
		i.missing()
	}
	return &mcs.ServiceImportList{}, nil
}

// watch watches in the version of the list that it follows. A watch that is a list itself looks for the version as a list
// does.
func (i *imports) watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	if o.SendInitialEvents == nil && !i.told.Load() {
		return i.clients[i.version.Load()]("").Watch(ctx, o)
	}
	none := error(apierrors.NewNotFound(mcs.Resource(mcs.ServiceImportPluralName), ""))
	if o.SendInitialEvents == nil {
		return nil, none
	}
	for v, c := range i.clients {
		w, err := c("").Watch(ctx, o)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err == nil {
			i.found(v)
		}
		return w, err
	}
	return nil, none
}

func (i *imports) found(version int) {
	i.version.Store(int32(version))
	i.told.Store(false)
}

// path is where those are that were found last.
func (i *imports) path() string {
	return "/apis/" + mcs.GroupName + "/" + importVersions[i.version.Load()] + "/" + mcs.ServiceImportPluralName
}
