package zone

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// below is the labels in front of a Service.
type below struct{ ep, cluster, port, proto, place string }

// candidates is all that a Service has under the labels in front of it.
func (w *world) candidates(service *cluster.Service, all []*cluster.Slice, rel string, b below) (cs []candidate) {
	takes := func(listed cluster.Ports, f func(uint16)) {
		ports := listed.All()
		if len(ports) == 0 {
			ports = []cluster.Port{{}}
		}
		for _, p := range ports {
			if (b.port == "" || b.port == p.Name) && (b.proto == "" || b.proto == p.Protocol) {
				f(p.Number)
			}
		}
	}
	if service.Type == cluster.ExternalName {
		if service.External != nil && b == (below{}) {
			cs = append(cs, candidate{host: *service.External})
		}
		return cs
	}
	if service.Type == cluster.ClusterIP && b.ep == "" {
		takes(service.Ports, func(number uint16) {
			for a := range service.IPs.All() {
				cs = append(cs, candidate{name: rel, addr: a, port: number})
			}
			if service.IPs.Len() == 0 {
				cs = append(cs, candidate{}) // it exists before it has an address
			}
		})
		return cs
	}
	for _, sl := range all {
		for i, e := range sl.Endpoints.All() {
			label := labelOf(e)
			if b.place != "" && (sl.Places() == nil || sl.Places()[i] != b.place) ||
				b.ep != "" && (b.ep != label || b.cluster != sl.Cluster()) {
				continue
			}
			if sl.Cluster() != "" {
				label += "." + sl.Cluster()
			}
			takes(sl.Ports, func(number uint16) {
				cs = append(cs, candidate{name: label + "." + rel, addr: e.Addr, port: number})
			})
		}
		for _, h := range sl.FQDNs() {
			dashed := strings.ReplaceAll(strings.TrimSuffix(h.Target, "."), ".", "-")
			if label := cmp.Or(h.Name, dashed); b.place == "" && (b.ep == "" || b.ep == label && b.cluster == sl.Cluster()) {
				takes(sl.Ports, func(number uint16) { cs = append(cs, candidate{host: h.Target, port: number}) })
			}
		}
	}
	return cs
}

// hidden reports whether the Service is left out because it has no endpoints.
func (w *world) hidden(service *cluster.Service, all []*cluster.Slice) bool {
	n := 0
	for _, sl := range all {
		n += sl.Size()
	}
	return w.spec.IgnoreEmpty && service.Type == cluster.ClusterIP && n == 0
}

// service answers below svc: SVC.NS, EP.SVC.NS, PORT.PROTO.SVC.NS, EP.CLUSTER.SVC.NS, and PLACE.pin._zone.SVC.NS.
func (w *world) service(name, origin string, labels []string, t uint16) said {
	n, imports := len(labels), w.imports(origin)
	service, all := w.state.Group(cluster.Key{Namespace: labels[n-2], Name: labels[n-3], Imported: imports})
	if service == nil || w.hidden(service, all) {
		return said{}
	}
	rel := strings.Join(labels[n-3:], ".") + "." + origin
	zonal := w.spec.Zonal && !imports && service.Type == cluster.Headless
	has := func(b below) bool { return len(w.candidates(service, all, rel, b)) > 0 }
	var b below
	var above bool // it exists for what is below it
	switch {
	case n == 4:
		b.ep = labels[0]
		above = b.ep[0] == '_' && has(below{proto: b.ep[1:]}) || zonal && b.ep == "_zone" ||
			imports && slices.ContainsFunc(all, func(sl *cluster.Slice) bool { return sl.Cluster() == b.ep && sl.Size() > 0 })
	case n == 5 && imports && labels[0][0] != '_' && labels[1][0] != '_':
		b.ep, b.cluster = labels[0], labels[1]
	case n == 5:
		b.port, b.proto = strings.TrimPrefix(labels[0], "_"), strings.TrimPrefix(labels[1], "_")
		above = zonal && labels[1] == "_zone" && (labels[0] == "pin" || labels[0] == "prefer")
		if w.spec.Strict.Ports && !(len(labels[0]) > 1 && labels[0][0] == '_' && len(labels[1]) > 1 && labels[1][0] == '_') {
			return said{exists: above}
		}
	case n > 5:
		if !zonal || labels[n-4] != "_zone" || labels[n-5] != "pin" && labels[n-5] != "prefer" {
			return said{}
		}
		above = true
		if b.place = strings.Join(labels[:n-5], "."); !has(b) && labels[n-5] == "prefer" {
			b.place = ""
		}
	}
	cs := w.candidates(service, all, rel, b)
	if len(cs) == 0 {
		return said{exists: above}
	}
	host := cs[0].host
	cs = slices.DeleteFunc(cs, func(c candidate) bool { return !c.addr.IsValid() })
	switch {
	case len(cs) == 0 && host != "":
		return said{exists: true, answer: []string{w.record(name, dns.TypeCNAME, host)}}
	case t == dns.TypeSRV:
		return w.services(name, cs)
	case w.spec.Strict.Ports && n == 5 && b.ep == "":
		return said{exists: true}
	}
	var addrs []netip.Addr
	for _, c := range cs {
		addrs = append(addrs, c.addr)
	}
	return said{exists: true, answer: w.addresses(name, addrs, t)}
}

func (w *world) services(name string, cs []candidate) said {
	s := said{exists: true}
	n := len(cs)
	if w.spec.Strict.Weights {
		different := map[string]bool{}
		for _, c := range cs {
			if c.port != 0 {
				different[fmt.Sprint(c.name, c.port)] = true
			}
		}
		n = max(1, len(different))
	}
	for _, c := range cs {
		if c.port == 0 {
			continue
		}
		rr := w.record(name, dns.TypeSRV, fmt.Sprintf("0 %d %d %s", max(1, 100/n), c.port, c.name))
		if !slices.Contains(s.answer, rr) {
			s.answer = append(s.answer, rr)
		}
		if rr := w.glue(c.name, c.addr); !slices.Contains(s.extra, rr) {
			s.extra = append(s.extra, rr)
		}
	}
	return s
}

func (w *world) pod(name, label, ns string, t uint16) said {
	text := strings.ReplaceAll(label, "-", ":")
	if strings.Count(label, "-") == 3 && !strings.Contains(label, "--") {
		text = strings.ReplaceAll(label, "-", ".")
	}
	a, err := netip.ParseAddr(text)
	if a = a.Unmap(); err != nil || strings.ContainsAny(label, ".:%") {
		return said{}
	}
	exists := w.spec.Pods == Insecure
	w.state.Pods(func(p *cluster.Pod) { exists = exists || p.Namespace == ns && p.IPs.Has(a) })
	if !exists {
		return said{}
	}
	return said{exists: true, answer: w.addresses(name, []netip.Addr{a}, t)}
}

// reverse answers in the reverse trees.
func (w *world) reverse(name string, t uint16) said {
	s := said{}
	var own, imported [3][]string // of cluster IPs, of names that somebody chose, of names made of addresses
	at := func(a netip.Addr, k cluster.Key, i int, target string) {
		lists, zone := &own, "cluster.local."
		if k.Imported {
			lists, zone = &imported, "clusterset.local."
		}
		if k.Imported && len(w.spec.Clustersets) == 0 {
			return
		}
		full, _ := dns.ReverseAddr(a.String())
		switch rr := w.record(name, dns.TypePTR, target+k.Name+"."+k.Namespace+".svc."+zone); {
		case full == name:
			s.exists = true
			lists[i] = append(lists[i], rr)
		case strings.HasSuffix(full, "."+name):
			s.exists, s.reverse = true, !w.spec.Strict.Reverse
		}
	}
	for _, k := range w.groups {
		service, _ := w.state.Group(k)
		if service != nil && w.exposed(k.Namespace) {
			for a := range service.IPs.All() {
				at(a, k, 0, "")
			}
		}
	}
	w.each(func(k cluster.Key, service *cluster.Service, sl *cluster.Slice, e cluster.Endpoint) {
		label, i := labelOf(e)+".", 2
		if e.Name != "" {
			i = 1
		}
		if sl.Cluster() != "" {
			label += sl.Cluster() + "."
		}
		if !k.Imported || service != nil {
			at(e.Addr, k, i, label)
		}
	})
	if t == dns.TypePTR {
		if s.answer = w.pointers(own); len(s.answer) == 0 {
			s.answer = w.pointers(imported)
		}
	}
	return s
}

// pointers is one cluster IP, or else the others, names that somebody chose first.
func (w *world) pointers(lists [3][]string) (all []string) {
	if w.spec.Strict.Pointers && len(lists[1]) > 0 {
		lists[2] = nil
	}
	for i, list := range lists {
		slices.Sort(list)
		for _, rr := range list {
			if !slices.Contains(all, rr) {
				all = append(all, rr)
			}
		}
		if i == 0 && len(all) > 0 {
			return all[:1]
		}
	}
	return all
}
