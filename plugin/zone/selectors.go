package zone

import (
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// selectors calls f with a selector for each name that the unit may have, as it is usually spelled, each once, until
// f returns false. Some of the names need not exist.
func (u *unit) selectors(z *Zone, f func(selector) bool) {
	if u.service == nil || !f(selector{}) || u.service.Type == cluster.ExternalName {
		return
	}
	names, protos := u.portWords()
	for _, port := range names {
		for _, proto := range protos {
			if !f(selector{ports: true, port: []byte(port), proto: []byte(proto)}) {
				return
			}
		}
	}
	seen := map[[2]string]struct{}{}
	endpoint := func(label, of string) bool {
		if _, ok := seen[[2]string{label, of}]; ok {
			return true
		}
		seen[[2]string{label, of}] = struct{}{}
		return f(selector{endpoint: []byte(label), cluster: []byte(of)})
	}
	for _, sl := range u.slices {
		for i := range sl.Endpoints.Len() {
			if !endpoint(endpointLabel(sl.Endpoints.At(i)), sl.Cluster()) {
				return
			}
		}
		for _, h := range sl.FQDNs() {
			if !endpoint(hostLabel(h), sl.Cluster()) {
				return
			}
		}
	}
	if !u.zonal(z) {
		return
	}
	for _, place := range u.places() {
		if !f(selector{place: place}) {
			return
		}
	}
}

// portWords is the names and the protocols of the ports by which the unit is asked, each once.
func (u *unit) portWords() (names, protos []string) {
	add := func(ports cluster.Ports) {
		for _, p := range ports.All() {
			if p.Name != "" && !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
			if p.Protocol != "" && !slices.Contains(protos, p.Protocol) {
				protos = append(protos, p.Protocol)
			}
		}
	}
	if u.service.Type == cluster.ClusterIP {
		add(u.service.Ports)
		return names, protos
	}
	for _, sl := range u.slices {
		add(sl.Ports)
	}
	return names, protos
}

// places is where endpoints of the unit are, each place once.
func (u *unit) places() (all []string) {
	for _, sl := range u.slices {
		for _, p := range sl.Places() {
			if p != "" && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// labels is the labels of a port or of nothing on the wire, as they are usually spelled; those of a place are none that anybody
// asks for.
func (s selector) labels() string {
	switch {
	case s.place != "":
		return "\x00"
	case s.all():
		return ""
	}
	return string(rune(1+len(s.port))) + "_" + string(s.port) + string(rune(1+len(s.proto))) + "_" + string(s.proto)
}

// prefix is the labels that the selector stands for, each with a dot behind it.
func (s selector) prefix() string {
	switch {
	case len(s.cluster) > 0:
		return string(s.endpoint) + "." + string(s.cluster) + "."
	case s.endpoint != nil:
		return string(s.endpoint) + "."
	case s.ports:
		return "_" + string(s.port) + "._" + string(s.proto) + "."
	case s.place != "":
		return s.place + "." + pin + "." + placeLabel + "."
	}
	return ""
}
