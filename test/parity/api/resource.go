package api

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	mcsv1alpha1 "sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
)

// resource is one that is served, in one version. Immutable.
type resource struct {
	name, version, kind string
}

var resources = []resource{
	{"namespaces", "v1", "Namespace"}, {"services", "v1", "Service"}, {"pods", "v1", "Pod"},
	{"endpointslices", "discovery.k8s.io/v1", "EndpointSlice"},
	{"serviceimports", imports + "/v1alpha1", "ServiceImport"},
	{"serviceimports", imports + "/v1beta1", "ServiceImport"},
}

// imports is the group of what other clusters export.
const imports = "multicluster.x-k8s.io"

// Resources is the names of what is served.
func Resources() (names []string) {
	for _, r := range resources {
		names = append(names, r.name)
	}
	return slices.Compact(names)
}

// served is the resource at a path.
func (s *Server) served(path []string) (resource, bool) {
	if len(path) < 3 {
		return resource{}, false
	}
	version, name := strings.Join(path[1:len(path)-1], "/"), path[len(path)-1]
	i := slices.IndexFunc(s.serving(), func(r resource) bool { return r.version == version && r.name == name })
	if i < 0 {
		return resource{}, false
	}
	return s.serving()[i], true
}

func (s *Server) serving() []resource {
	if s.Beta {
		return resources
	}
	return resources[:len(resources)-1]
}

// versioned is the object in the version of the resource.
func (r resource) versioned(o Object) Object {
	in, ok := o.(*mcsv1alpha1.ServiceImport)
	if !ok || in.APIVersion == r.version {
		return o
	}
	in = in.DeepCopy()
	in.APIVersion = r.version
	return in
}

// discover is what the API server tells of itself at a path; nil if it is no such path.
func (s *Server) discover(path string) any {
	var groups []metav1.APIGroup
	for _, r := range s.serving() {
		group, version, _ := strings.Cut(r.version, "/")
		if version == "" {
			group, version = "", group
		}
		if path == "apis/"+r.version || path == "api/"+r.version {
			return s.resourcesOf(r.version)
		}
		v := metav1.GroupVersionForDiscovery{GroupVersion: r.version, Version: version}
		i := slices.IndexFunc(groups, func(g metav1.APIGroup) bool { return g.Name == group })
		switch {
		case group == "":
		case i < 0:
			groups = append(groups, metav1.APIGroup{
				TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}, Name: group,
				Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v,
			})
		default: // the newest comes last here, and first there
			groups[i].Versions = append([]metav1.GroupVersionForDiscovery{v}, groups[i].Versions...)
			groups[i].PreferredVersion = v
		}
	}
	for _, g := range groups {
		if path == "apis/"+g.Name {
			return g
		}
	}
	switch path {
	case "api":
		return metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}}
	case "apis":
		return metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: groups}
	}
	return nil
}

func (s *Server) resourcesOf(version string) metav1.APIResourceList {
	list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version}
	for _, r := range s.serving() {
		if r.version == version {
			list.APIResources = append(list.APIResources, metav1.APIResource{
				Name: r.name, Kind: r.kind, Namespaced: r.name != "namespaces", Verbs: metav1.Verbs{"get", "list", "watch"},
			})
		}
	}
	return list
}
