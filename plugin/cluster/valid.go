package cluster

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The longest a label and a name may be (RFC 1035 section 2.3.4). A name in text has neither its first
// length octet nor the root's: 255 on the wire is 253 in text.
const (
	longestLabel = 63
	longestName  = 253
)

// Label reports whether s can stand as one label of a name in lower case. An underscore may, so that
// manifests can say what an API server would not take.
func Label(s string) bool {
	if s == "" || len(s) > longestLabel {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// HostLabel reports whether s is a label of a host name in lower case (RFC 1123 section 2.1).
func HostLabel(s string) bool {
	return Label(s) && alphanumeric(s[0]) && alphanumeric(s[len(s)-1]) && !strings.Contains(s, "_")
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

// Target reports whether a CNAME can lead to the name, which is in lower case: it is fully qualified, and no address.
func Target(s string) bool {
	name, ok := strings.CutSuffix(s, ".")
	if !ok || len(name) > longestName {
		return false
	}
	for l := range strings.SplitSeq(name, ".") {
		if !Label(l) {
			return false
		}
	}
	_, err := netip.ParseAddr(name)
	return err != nil
}

// Valid is what an object breaks of the promises that the types of this package make; nil: nothing. It is for objects that
// nobody has trimmed, but somebody has stored.
func Valid(o Object) error {
	var v validity
	switch o := o.(type) {
	case *Namespace:
		v.label(o.Name)
	case *Service:
		v.service(o)
	case *Slice:
		v.slice(o)
	case *Pod:
		v.label(o.Namespace)
		v.check(o.Name != "", "name", o.Name)
		v.check(o.IPs.Len() > 0, "list of addresses", "")
		v.addrs(o.IPs)
	}
	if v.broken == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", o.Ref(), v.broken)
}

// validity keeps the first that is broken.
type validity struct{ broken error }

func (v *validity) check(ok bool, what, value string) {
	if !ok && v.broken == nil {
		v.broken = fmt.Errorf("%s %q is none", what, value)
	}
}

func (v *validity) label(s string) { v.check(Label(s), "label", s) }

// hostLabel takes "" for the lack of one.
func (v *validity) hostLabel(s string) { v.check(s == "" || HostLabel(s), "host label", s) }

func (v *validity) addrs(all Addrs) {
	for a := range all.All() {
		if a.Is4In6() {
			v.check(false, "address", a.String())
		}
	}
}

func (v *validity) ports(all Ports) {
	for _, p := range all.All() {
		v.check(p.Name == "" || Label(p.Name) && !strings.Contains(p.Name, "_"), "port", p.Name)
		switch p.Protocol {
		case "", "tcp", "udp", "sctp":
		default:
			v.check(false, "protocol", p.Protocol)
		}
	}
}

func (v *validity) service(s *Service) {
	v.label(s.Namespace)
	v.label(s.Name)
	v.check(s.Type <= ExternalName && !(s.Imported && s.Type == ExternalName), "type", strconv.Itoa(int(s.Type)))
	v.check(s.Type == ClusterIP || s.IPs.Len() == 0, "type with cluster IPs", strconv.Itoa(int(s.Type)))
	v.addrs(s.IPs)
	v.ports(s.Ports)
	if s.External != nil {
		v.check(s.Type == ExternalName && Target(*s.External), "external name", *s.External)
	}
	if s.Outside != nil {
		v.addrs(s.Outside.IPs)
		for _, h := range s.Outside.Hosts {
			v.check(Target(h), "host", h)
		}
	}
}

func (v *validity) slice(s *Slice) {
	v.label(s.Namespace)
	v.check(s.Name != "", "name", s.Name)
	v.label(s.Service)
	v.addrs(s.Endpoints.Addrs())
	for _, e := range s.Endpoints.All() {
		v.hostLabel(e.Name)
	}
	v.ports(s.Ports)
	v.addrs(s.Unready())
	v.hostLabel(s.Cluster())
	v.check(s.Cluster() == "" || s.Imported, "cluster of an own slice", s.Cluster())
	v.check(s.Places() == nil || len(s.Places()) == s.Endpoints.Len(), "number of places", strconv.Itoa(len(s.Places())))
	for _, h := range s.FQDNs() {
		v.check(Target(h.Target), "host", h.Target)
		v.hostLabel(h.Name)
	}
}
