package zone

import (
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
)

func addrs(texts ...string) cluster.Addrs { return cluster.AddrsOf(parse(texts)...) }

// apart is a slice that was taken apart, to be changed and put together again.
type apart struct {
	cluster.Slice
	endpoints []cluster.Endpoint
	ports     []cluster.Port
	beside    cluster.Beside
}

func takeApart(sl *cluster.Slice) *apart {
	a := &apart{Slice: *sl, ports: slices.Clone(sl.Ports.All())}
	for _, e := range sl.Endpoints.All() {
		a.endpoints = append(a.endpoints, e)
	}
	if sl.Beside != nil {
		a.beside = *sl.Beside
		a.beside.Places = slices.Clone(a.beside.Places)
	}
	return a
}

func (a *apart) together() *cluster.Slice {
	sl, beside := a.Slice, a.beside
	sl.Endpoints, sl.Ports, sl.Beside = cluster.EndpointsOf(a.endpoints...), cluster.PortsOf(slices.Clone(a.ports)...), &beside
	return &sl
}
