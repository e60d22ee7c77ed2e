package zone

import (
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// difference is what DNS can see of a unit that takes the place of another. What it costs follows what has changed, as
// far as it can: big units change often, and little.
type difference struct {
	z        *Zone
	old, now *unit // either may be nil
	strays   []stray
	known    bool // ordinary is known
	ordinary bool // see differs
}

// longestLabels is as long as what may stand in front of a unit's name.
var longestLabels = strings.Repeat("x", 127)

// Beyond these a difference counts as visible: each name of a port would be compared for each of the strays, by who writes.
const (
	mostStrays = 1 << 10
	mostWords  = 1 << 8
)

// mostPorts is the most ports that the unit's Service has, or a slice of it.
func (u *unit) mostPorts() int {
	n := len(u.service.Ports.All())
	for _, sl := range u.slices {
		n = max(n, len(sl.Ports.All()))
	}
	return n
}

// visible reports whether DNS can see the difference in the zone, which has the unit's own name.
func (d *difference) visible(o *origin) bool {
	old, now := d.old, d.now
	if old.zonal(d.z) != now.zonal(d.z) || old.served() != now.served() {
		return true
	}
	if !old.served() {
		return false
	}
	if len(d.strays) > mostStrays || old.mostPorts() > mostWords || now.mostPorts() > mostWords {
		return true
	}
	if old.service.Type != now.service.Type || old.hosts || now.hosts || o.deep || !d.z.nameable(longestLabels, old.rel()) {
		return d.anywhere(o)
	}
	if !d.known {
		d.known, d.ordinary = true, d.differs()
	}
	return d.ordinary
}

// differs is visible for units of one type, without aliases below them, and where all names are short enough.
func (d *difference) differs() bool {
	a, b := d.old.service, d.now.service
	switch a.Type {
	case cluster.ExternalName:
		return a.Target() != b.Target()
	case cluster.ClusterIP:
		if !(a.IPs == b.IPs && a.Ports.Equal(b.Ports)) && d.differsAtFront() {
			return true
		}
	}
	return d.endpoints()
}

// differsAtFront compares the names of a Service with cluster IPs and of its ports.
func (d *difference) differsAtFront() bool {
	if !d.sameAt(selector{}) {
		return true
	}
	for _, u := range []*unit{d.old, d.now} {
		names, protos := u.portWords()
		for _, s := range spellings(names, protos) {
			if !d.sameAt(s) {
				return true
			}
		}
	}
	return false
}

// anywhere compares all names that either unit may have in the zone, one after the other.
func (d *difference) anywhere(o *origin) bool {
	differs := false
	compare := func(s selector) bool {
		differs = d.z.inside(o, s.prefix()+d.old.rel()) && !d.sameAt(s)
		return !differs
	}
	for _, u := range []*unit{d.old, d.now} {
		u.selectors(d.z, compare)
		names, protos := u.portWords()
		if differs || slices.ContainsFunc(spellings(names, protos), func(s selector) bool { return !compare(s) }) {
			return true
		}
	}
	return false
}

// spellings is the selectors of ports by all that one may ask for: names, protocols, and any of them.
func spellings(names, protos []string) (all []selector) {
	for _, n := range append(slices.Clip(names), "") {
		for _, p := range append(slices.Clip(protos), "") {
			if n != "" || p != "" {
				all = append(all, selector{ports: true, port: []byte(n), proto: []byte(p)})
			}
		}
	}
	return all
}

// sameAt reports whether both units say the same at the selected name.
func (d *difference) sameAt(s selector) bool {
	if same, records := d.sameExistence(s); !records {
		return same
	}
	if a := d.old.alias(&s); a != d.now.alias(&s) || a != "" {
		return a == d.now.alias(&s)
	}
	old, now := d.old.passing(), d.now.passing()
	for _, t := range [...]uint16{dns.TypeA, dns.TypeAAAA, dns.TypeSRV} {
		var a, b answer.Reply
		old.records(d.z, &a, &s, t)
		now.records(d.z, &b, &s, t)
		if !a.Same(&b) {
			return false
		}
	}
	return true
}

// sameExistence reports whether the selected name exists in both units or in neither, and whether there are records to
// compare: if not, that is all.
func (d *difference) sameExistence(s selector) (same, records bool) {
	says, exists := d.z.tells(s)
	if !exists {
		return true, false
	}
	old, now := d.old.exists(&s), d.now.exists(&s)
	return old == now, says && old && now
}

// tells reports whether names of the selector have records, and whether they exist, if something is selected. A name of
// no port has none where ports must be named, but _PROTO is above it.
func (z *Zone) tells(s selector) (records, existence bool) {
	if !s.ports || !z.spec.Strict.Ports {
		return true, true
	}
	return len(s.port) > 0 && len(s.proto) > 0, len(s.proto) > 0
}

// served reports whether SVC.NS.svc exists; a nil unit has no name.
func (u *unit) served() bool { return u.known() && !u.hidden && u.exists(&selector{}) }

// known reports whether the unit has a Service, or ServiceImport.
func (u *unit) known() bool { return u != nil && u.service != nil }

func (u *unit) ips() cluster.Addrs {
	if !u.known() {
		return cluster.Addrs{}
	}
	return u.service.IPs
}

func (u *unit) parts() []*cluster.Slice {
	if u == nil {
		return nil
	}
	return u.slices
}

// orElse is the unit, or the other one if it is nil.
func (u *unit) orElse(other *unit) *unit {
	if u == nil {
		return other
	}
	return u
}
