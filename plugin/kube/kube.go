// Package kube tells what is in a Kubernetes cluster: from a live API server, or from manifest files.
//
//	API server ──list, watch──▶ Live ─────┐
//	                                      ├──trimmed──▶ cluster.Sink
//	folders of YAML and JSON ──▶ Manifests ┘
//
// Both are a cluster.Source. An API object lives only until it is trimmed to what DNS can see of it; what a
// server or a file holds beyond that is never kept. Nothing here logs: trouble that a source lives with goes
// to Options.Report.
package kube

import (
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Options say what of a cluster is wanted. What no option asks for is neither watched nor kept. The zero
// value wants namespaces, Services and EndpointSlices.
type Options struct {
	// Pods asks for pods and their addresses.
	Pods bool
	// PodNames asks for the name of the pod behind each endpoint.
	PodNames bool
	// PodLabels asks for the labels of pods.
	PodLabels bool
	// Places asks for the topology zone of each endpoint.
	Places bool
	// Outside asks for the external IPs and load balancers of Services.
	Outside bool
	// NoEndpoints leaves out EndpointSlices, but not those of ServiceImports.
	NoEndpoints bool
	// Imports asks for ServiceImports and their EndpointSlices (Multi-Cluster Services API).
	Imports bool
	// Labels selects Services, EndpointSlices, pods and ServiceImports, and NamespaceLabels namespaces, by a label
	// selector in Kubernetes' notation; "": all.
	Labels, NamespaceLabels string
	// Limits bound what an API server is asked at once; manifests have none.
	Limits Limits
	// Observe takes what became of each request to an API server; Waited takes how long each of them waited for the
	// rate of Limits. Any goroutine calls them; they must not block. Nil drops them.
	Observe func(Request)
	Waited  func(method, host string, wait time.Duration)
	// Audit is how often what is held is compared with what an API server has, which takes some 16 bytes for each of its objects;
	// 0: never. Manifests are not audited.
	Audit time.Duration
	// StaleAfter is for how long an API server may be out of reach until what is known counts as out of date; 0: for ever.
	StaleAfter time.Duration
	// Incident takes what went wrong with the watch of a kind and was mended, and Audited what each audit came to. Any
	// goroutine calls them; they must not block. Nil drops them.
	Incident func(cluster.Kind, Incident)
	Audited  func(cluster.Kind, Audited)
	// Report takes trouble that a source lives with, such as a watch that is forbidden or a file that is
	// broken, and news of type Notice. Any goroutine calls it; it must not block for long. Nil drops them.
	Report func(error)
}

// kinds lists what the options ask for.
func (o Options) kinds() []cluster.Kind {
	kinds := []cluster.Kind{cluster.KindNamespace, cluster.KindService}
	if !o.NoEndpoints {
		kinds = append(kinds, cluster.KindSlice)
	}
	if o.Pods {
		kinds = append(kinds, cluster.KindPod)
	}
	if o.Imports {
		kinds = append(kinds, cluster.KindImport, cluster.KindImportSlice)
	}
	return kinds
}

// report hands the error to Report, if there is one.
func (o Options) report(err error) {
	if o.Report != nil {
		o.Report(err)
	}
}

// Notice is something worth telling that is no trouble: manifests that have nothing for DNS.
type Notice string

// Error is the text of the notice.
func (n Notice) Error() string { return string(n) }
