package kubenames

import (
	"context"
	"errors"
	"strings"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/metadata"
	"github.com/coredns/coredns/plugin/pkg/dnsutil"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// Metadata implements the metadata plugin's Provider: who asks, and what for. The keys are those of the kubernetes plugin
// with this plugin's name in front.
func (k *Kubenames) Metadata(ctx context.Context, state request.Request) context.Context {
	set := func(key, value string) { metadata.SetValueFunc(ctx, name+"/"+key, func() string { return value }) }
	if pod := k.client(state); pod != nil {
		set("client-namespace", pod.Namespace)
		set("client-pod-name", pod.Name)
		for key, value := range pod.Labels {
			set("client-label/"+key, value)
		}
	}
	zone := plugin.Zones(k.zone.Origins()).Matches(state.Name())
	if zone == "" {
		return ctx
	}
	imports := plugin.Zones(k.spec.Clustersets).Matches(zone) != ""
	s, err := newShape(state.Name(), zone, imports, k.spec.Zonal)
	if err != nil {
		set("parse-error", err.Error())
		return ctx
	}
	set("kind", s.kind)
	set("namespace", s.namespace)
	set("service", s.service)
	set("endpoint", s.endpoint)
	set("port-name", s.port)
	set("protocol", s.protocol)
	if imports {
		set("cluster", s.cluster)
	}
	if k.spec.Zonal {
		set("zone", s.place)
	}
	return ctx
}

// shape is what a name asks for, as far as one sees it in the name itself.
type shape struct {
	kind                         string // svc, pod, or "" for what is above both
	namespace, service, endpoint string // a pod's name counts as a service
	port, protocol               string // without underscores
	cluster                      string // of an imported endpoint
	place                        string // topology zone
}

// errShape is in the words of the kubernetes plugin, for those who look for them.
var errShape = errors.New("invalid query name")

// newShape reads a name in lower case that is in the zone.
func newShape(qname, zone string, imports, zonal bool) (s shape, err error) {
	rel, _ := dnsutil.TrimZone(qname, zone)
	labels := dns.SplitDomainName(rel)
	n := len(labels)
	if n == 0 {
		return s, nil
	}
	if s.kind = labels[n-1]; s.kind != "svc" && s.kind != "pod" {
		return shape{}, errShape
	}
	switch {
	case n == 1:
		return shape{}, nil
	case n == 2:
		s.namespace = labels[0]
		return s, nil
	}
	s.namespace, s.service = labels[n-2], labels[n-3]
	switch front := labels[:n-3]; {
	case len(front) == 0:
	case len(front) == 1:
		s.endpoint = front[0]
	case len(front) == 2 && imports && front[0][0] != '_' && front[1][0] != '_':
		s.endpoint, s.cluster = front[0], front[1]
	case len(front) == 2:
		s.port, s.protocol = strings.TrimPrefix(front[0], "_"), strings.TrimPrefix(front[1], "_")
	default:
		return s.at(front, !imports && zonal)
	}
	return s, nil
}

// at is the shape in a topology zone, whose name may have several labels: PLACE.pin._zone or PLACE.prefer._zone.
func (s shape) at(front []string, zonal bool) (shape, error) {
	last := len(front) - 1
	if !zonal || s.kind != "svc" || front[last] != "_zone" || front[last-1] != "pin" && front[last-1] != "prefer" {
		return shape{}, errShape
	}
	s.place = strings.Join(front[:last-1], ".")
	return s, nil
}
