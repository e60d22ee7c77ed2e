package rule

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"

	"github.com/kubenames/kubenames/test/parity/api"
)

// sees reports whether the option labels lets the object be seen.
func (c *Case) sees(o api.Object) bool {
	return o != nil && c.selector.Matches(labels.Set(o.GetLabels()))
}

// services is the Services that are seen, in the order of their names.
func (c *Case) services() (all []*corev1.Service) {
	for _, o := range c.World.All("services") {
		if c.sees(o) {
			all = append(all, o.(*corev1.Service))
		}
	}
	return all
}

// service is the Service of that name if it is seen; nil: there is none.
func (c *Case) service(namespace, name string) *corev1.Service {
	o := c.World.Objects["services"][namespace+"/"+name]
	if !c.sees(o) {
		return nil
	}
	return o.(*corev1.Service)
}

// slices is the slices of Services that are seen.
func (c *Case) slices() (all []*discoveryv1.EndpointSlice) {
	if c.Config.NoEndpoints {
		return nil
	}
	return c.slicesWith(discoveryv1.LabelServiceName)
}

// imports is what is imported and seen.
func (c *Case) imports() (all []*mcsv1alpha1.ServiceImport) {
	if c.Imports() == "" {
		return nil
	}
	for _, o := range c.World.All("serviceimports") {
		if c.sees(o) {
			all = append(all, o.(*mcsv1alpha1.ServiceImport))
		}
	}
	return all
}

// importSlices is the slices of imports that are seen.
func (c *Case) importSlices() (all []*discoveryv1.EndpointSlice) {
	if c.Imports() == "" {
		return nil
	}
	return c.slicesWith(mcsv1alpha1.LabelServiceName)
}

func (c *Case) slicesWith(label string) (all []*discoveryv1.EndpointSlice) {
	for _, o := range c.World.All("endpointslices") {
		if c.sees(o) && o.GetLabels()[label] != "" {
			all = append(all, o.(*discoveryv1.EndpointSlice))
		}
	}
	return all
}

// exposed reports whether the namespace exists and is not hidden.
func (c *Case) exposed(namespace string) bool {
	o, ok := c.World.Objects["namespaces"]["/"+namespace]
	return ok && (len(c.Config.Namespaces) == 0 || slices.Contains(c.Config.Namespaces, namespace)) &&
		c.namespaces.Matches(labels.Set(o.GetLabels()))
}

// imported reports whether a zone is one of imports.
func (c *Case) imported(zone string) bool {
	return slices.ContainsFunc(c.multi, func(m string) bool { return dns.IsSubDomain(m, zone) })
}

// Local is the first forward zone of the cluster's own Services, and Imports the first one of imports, or "". Both begin
// with a dot.
func (c *Case) Local() string { return c.first(false) }

// Imports: see Local.
func (c *Case) Imports() string { return c.first(true) }

func (c *Case) first(imported bool) string {
	for _, z := range c.zones {
		if !strings.HasSuffix(z, ".arpa.") && c.imported(z) == imported {
			return "." + strings.TrimPrefix(z, ".")
		}
	}
	return ""
}

// isReady reports whether DNS may tell of the endpoint.
func isReady(ep *discoveryv1.Endpoint) bool {
	return ep.Conditions.Ready == nil || *ep.Conditions.Ready
}
