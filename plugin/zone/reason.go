package zone

import (
	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
)

// Reason is why there is nothing to say of a name: the first thing that is missing, read from the zone down.
type Reason uint8

const (
	// Nothing is missing, or nobody can tell.
	Nothing Reason = iota
	// NotAName: no name that there could be has this shape.
	NotAName
	// NoNamespace: there is no such namespace.
	NoNamespace
	// HiddenNamespace: the operator exposes others only.
	HiddenNamespace
	// NoService: there is none of that name.
	NoService
	// NoEndpoint: the Service has none that is ready, or none of that name.
	NoEndpoint
	// NoPort: the Service has none of that name and protocol.
	NoPort
	// NoTarget: an ExternalName leads nowhere, or it is asked for what is below it.
	NoTarget
	// PodsDisabled: no pod has a name.
	PodsDisabled
	// NoPod: none of the namespace has the address.
	NoPod
	// NoAddress: no Service and no endpoint has one at or below the reverse name.
	NoAddress
	// NoType: the name exists, and has no records of the type.
	NoType
	// OnlyBelow: the name exists for names below it.
	OnlyBelow
)

// Reasons is how many there are.
const Reasons = int(OnlyBelow) + 1

// String is the reason in one word, for metrics.
func (r Reason) String() string {
	return [Reasons]string{"", "not_a_name", "no_namespace", "hidden_namespace", "no_service", "no_endpoint", "no_port", "no_target",
		"pods_disabled", "no_pod", "no_address", "no_type", "only_below"}[r]
}

// reason is why a reply of the node has no records.
func (n *node) reason() Reason {
	switch {
	case n.kind == inner || n.kind == innerReverse:
		return OnlyBelow
	case n.kind != absent:
		return NoType
	}
	return max(n.why, NotAName)
}

// noNamespace is why a name has no namespace, or none that is exposed.
func (z *Zone) noNamespace(namespace []byte) Reason {
	if _, listed := z.exposed[string(namespace)]; z.exposed != nil && !listed {
		return HiddenNamespace
	}
	return NoNamespace
}

// noUnit is why there is no unit of the name.
func (z *Zone) noUnit(v *view, q *answer.Query, left int) Reason {
	if v.namespaceAt(q.Wire(left-2, left-1)) == nil {
		return z.noNamespace(q.Label(left - 2))
	}
	return NoService
}

// lacks is why the selected name of the unit does not exist.
func (u *unit) lacks(s *selector) Reason {
	switch {
	case u.service.Type == cluster.ExternalName:
		return NoTarget
	case s.endpoint != nil:
		return NoEndpoint
	case u.service.Type == cluster.Headless && !u.exists(&selector{}):
		return NoEndpoint
	}
	return NoPort
}
