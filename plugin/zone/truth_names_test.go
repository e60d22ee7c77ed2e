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

// candidates is all that a Service has under the labels in front of it.
func (w *world) candidates(service *cluster.Service, all []*cluster.Slice, rel, ep, port, proto string) (cs []candidate) {
	takes := func(ports []cluster.Port, f func(uint16)) {
		if len(ports) == 0 {
			ports = []cluster.Port{{}}
		}
		for _, p := range ports {
			if (port == "" || port == p.Name) && (proto == "" || proto == p.Protocol) {
				f(p.Number)
			}
		}
	}
	if service.Type == cluster.ExternalName {
		if service.External != "" && ep+port+proto == "" {
			cs = append(cs, candidate{host: service.External})
		}
		return cs
	}
	if service.Type == cluster.ClusterIP && ep == "" {
		takes(service.Ports, func(number uint16) {
			for _, a := range service.IPs {
				cs = append(cs, candidate{name: rel, addr: a, port: number})
			}
			if len(service.IPs) == 0 {
				cs = append(cs, candidate{}) // it exists before it has an address
			}
		})
		return cs
	}
	for _, sl := range all {
		for _, e := range sl.Endpoints {
			if label := labelOf(e); ep == "" || ep == label {
				takes(sl.Ports, func(number uint16) {
					cs = append(cs, candidate{name: label + "." + rel, addr: e.Addr, port: number})
				})
			}
		}
		for _, h := range sl.FQDNs {
			dashed := strings.ReplaceAll(strings.TrimSuffix(h.Target, "."), ".", "-")
			if label := cmp.Or(h.Hostname, h.Pod, dashed); ep == "" || ep == label {
				takes(sl.Ports, func(number uint16) { cs = append(cs, candidate{host: h.Target, port: number}) })
			}
		}
	}
	return cs
}

// service answers below svc: SVC.NS, EP.SVC.NS and PORT.PROTO.SVC.NS.
func (w *world) service(name, origin string, labels []string, t uint16) said {
	n := len(labels)
	service, all := w.state.Group(cluster.Key{Namespace: labels[n-2], Name: labels[n-3]})
	if service == nil {
		return said{}
	}
	rel := strings.Join(labels[n-3:], ".") + "." + origin
	ep, port, proto := "", "", ""
	switch n {
	case 4:
		ep = labels[0]
	case 5:
		port, proto = strings.TrimPrefix(labels[0], "_"), strings.TrimPrefix(labels[1], "_")
	}
	cs := w.candidates(service, all, rel, ep, port, proto)
	if len(cs) == 0 { // _PROTO.SVC exists when something below it does
		return said{exists: ep != "" && ep[0] == '_' && len(w.candidates(service, all, rel, "", "", ep[1:])) > 0}
	}
	host := cs[0].host
	cs = slices.DeleteFunc(cs, func(c candidate) bool { return !c.addr.IsValid() })
	switch {
	case len(cs) == 0 && host != "":
		return said{exists: true, answer: []string{w.record(name, dns.TypeCNAME, host)}}
	case t == dns.TypeSRV:
		return w.services(name, cs)
	}
	var addrs []netip.Addr
	for _, c := range cs {
		addrs = append(addrs, c.addr)
	}
	return said{exists: true, answer: w.addresses(name, addrs, t)}
}

func (w *world) services(name string, cs []candidate) said {
	s := said{exists: true}
	for _, c := range cs {
		if c.port == 0 {
			continue
		}
		rr := w.record(name, dns.TypeSRV, fmt.Sprintf("0 %d %d %s", max(1, 100/len(cs)), c.port, c.name))
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
	w.state.Pods(func(p *cluster.Pod) { exists = exists || p.Namespace == ns && slices.Contains(p.IPs, a) })
	if !exists {
		return said{}
	}
	return said{exists: true, answer: w.addresses(name, []netip.Addr{a}, t)}
}

// reverse answers in the reverse trees.
func (w *world) reverse(name string, t uint16) said {
	s := said{}
	var ips, chosen, dashed []string
	at := func(a netip.Addr, list *[]string, target string) {
		full, _ := dns.ReverseAddr(a.String())
		switch rr := w.record(name, dns.TypePTR, target+".svc.cluster.local."); {
		case full == name:
			s.exists = true
			*list = append(*list, rr)
		case strings.HasSuffix(full, "."+name):
			s.exists, s.reverse = true, true
		}
	}
	for _, k := range w.groups {
		service, _ := w.state.Group(k)
		if service != nil && w.exposed(k.Namespace) {
			for _, a := range service.IPs {
				at(a, &ips, k.Name+"."+k.Namespace)
			}
		}
	}
	w.each(func(k cluster.Key, _ *cluster.Service, _ *cluster.Slice, e cluster.Endpoint) {
		list := &dashed
		if e.Hostname+e.Pod != "" {
			list = &chosen
		}
		at(e.Addr, list, labelOf(e)+"."+k.Name+"."+k.Namespace)
	})
	if t != dns.TypePTR {
		return s
	}
	for _, list := range [][]string{ips, chosen, dashed} { // names that somebody chose come first
		slices.Sort(list)
		for _, rr := range list {
			if !slices.Contains(s.answer, rr) {
				s.answer = append(s.answer, rr)
			}
		}
	}
	if len(ips) > 0 {
		s.answer = s.answer[:1]
	}
	return s
}
