package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
)

// inventory is told of each object of a kind that there is.
type inventory func(namespace, name string, version uint64)

// takeInventory tells of all objects that the server's cache has of the kind, once it has come as far as we are, one by one as they come,
// and returns the version of the cluster that it is of. The server is asked for their metadata alone.
func (f *follower) takeInventory(ctx context.Context, tell inventory) (uint64, error) {
	o := metav1.ListOptions{
		FieldSelector: f.fields, LabelSelector: f.labels,
		ResourceVersion: strconv.FormatUint(f.position.at(), 10), ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	}
	version, err := f.streamInventory(ctx, o, tell)
	if err == nil || ctx.Err() != nil || apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) || apierrors.IsForbidden(err) {
		return version, err
	}
	return f.listInventory(ctx, o, tell)
}

// errUnfinished is what became of an inventory whose end never came.
var errUnfinished = errors.New("the list that streams in ended too early")

// streamInventory reads the list that a watch begins with.
func (f *follower) streamInventory(ctx context.Context, o metav1.ListOptions, tell inventory) (uint64, error) {
	yes := true
	o.Watch, o.SendInitialEvents, o.AllowWatchBookmarks = true, &yes, true
	events, err := f.ask(o, "PartialObjectMetadata", "application/vnd.kubernetes.protobuf", "application/json").Watch(ctx)
	if err != nil {
		return 0, err
	}
	s := newStream(ctx, events, true, streamTold{listed: func() {}, failed: func(error) {}, silent: func(bool) {}}, f.live.times.stall)
	defer s.Stop()
	for event := range s.ResultChan() {
		object, ok := event.Object.(metav1.Object)
		switch {
		case event.Type == watch.Error:
			return 0, apierrors.FromObject(event.Object)
		case !ok:
			return 0, fmt.Errorf("unexpected object of type %T", event.Object)
		case listEnds(event):
			return number(object.GetResourceVersion()), nil
		case event.Type == watch.Added || event.Type == watch.Modified:
			tell(object.GetNamespace(), object.GetName(), number(object.GetResourceVersion()))
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return 0, errUnfinished
}

// listInventory reads a list as it comes, for a server gives all that it has in its cache at once.
func (f *follower) listInventory(ctx context.Context, o metav1.ListOptions, tell inventory) (uint64, error) {
	body, err := f.ask(o, "PartialObjectMetadataList", "application/json").Stream(ctx)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return readInventory(body, tell)
}

// ask is a request for the kind's objects, as metadata of a kind of its own, in one of the formats.
func (f *follower) ask(o metav1.ListOptions, as string, formats ...string) *rest.Request {
	accept := make([]string, len(formats))
	for i, format := range formats {
		accept[i] = format + ";as=" + as + ";g=meta.k8s.io;v=v1"
	}
	return f.live.metadata.Get().AbsPath(f.path()).SetHeader("Accept", strings.Join(accept, ",")).
		SpecificallyVersionedParams(&o, metav1.ParameterCodec, metav1.Unversioned)
}

// newMetadata is a client of metadata alone, of any kind.
func newMetadata(config *rest.Config, client *http.Client) (*rest.RESTClient, error) {
	config = rest.CopyConfig(config)
	config.APIPath, config.GroupVersion = "/", &schema.GroupVersion{} // each request has its path
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	config.ContentType, config.AcceptContentTypes = "", ""
	return rest.RESTClientForConfigAndClient(config, client)
}

// readInventory reads a list in JSON, an item at a time.
func readInventory(body io.Reader, tell inventory) (version uint64, err error) {
	type object struct {
		Metadata struct{ Namespace, Name, ResourceVersion string }
	}
	d := json.NewDecoder(body)
	if _, err := d.Token(); err != nil { // {
		return 0, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return 0, err
		}
		switch key {
		case "metadata":
			var of struct{ ResourceVersion string }
			if err := d.Decode(&of); err != nil {
				return 0, err
			}
			version = number(of.ResourceVersion)
		case "items":
			t, err := d.Token() // [ or null
			if err != nil {
				return 0, err
			}
			if t == nil {
				continue
			}
			for d.More() {
				var o object
				if err := d.Decode(&o); err != nil {
					return 0, err
				}
				tell(o.Metadata.Namespace, o.Metadata.Name, number(o.Metadata.ResourceVersion))
			}
			if _, err := d.Token(); err != nil { // ]
				return 0, err
			}
		default:
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return 0, err
			}
		}
	}
	_, err = d.Token() // }
	return version, err
}

// one is the object as the server's storage has it, untrimmed; nil if there is none that the selectors select.
func (f *follower) one(ctx context.Context, namespace, name string) (runtime.Object, error) {
	fields := "metadata.name=" + name
	if f.fields != "" {
		fields += "," + f.fields
	}
	list, err := f.list(ctx, namespace, metav1.ListOptions{FieldSelector: fields, LabelSelector: f.labels, Limit: 1})
	if err != nil {
		return nil, err
	}
	var found runtime.Object
	err = apimeta.EachListItem(list, func(o runtime.Object) error { found = o; return nil })
	return found, err
}
