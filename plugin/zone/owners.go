package zone

import (
	"net/netip"
	"slices"
)

// ident is what stays of a Service's or a namespace's name while what is known of it changes. Immutable.
type ident struct {
	namespace, name string // of a namespace: its name, and ""
	imported        bool   // of a ServiceImport
	wire            string // its labels in a query's name
	alone           owners // the ident as the only owner
}

// owners is the Services that have an address. Immutable.
type owners struct{ list []*ident }

func newIdent(namespace, name string) *ident {
	id := &ident{namespace: namespace, name: name}
	var b []byte
	if name != "" {
		b = append(append(b, byte(len(name))), name...)
	}
	b = append(append(b, byte(len(namespace))), namespace...)
	id.wire = string(b)
	id.alone.list = []*ident{id}
	return id
}

func (id *ident) key() key { return hashText(id.wire) }

func (v *view) owners(a netip.Addr) []*ident { return ownersIn(v.addresses4, v.addresses6, a) }

func ownersIn(t4, t6 tree[*owners], a netip.Addr) []*ident {
	k, width := addressKey(a)
	t := t6
	if width == width4 {
		t = t4
	}
	if o, _ := t.get(k, width); o != nil {
		return o.list
	}
	return nil
}

// own makes the ident an owner of the address.
func (v *view) own(e *edit, a netip.Addr, id *ident) {
	change(&v.addresses4, &v.addresses6, e, a, id.joins)
}

// disown makes the ident no owner of the address.
func (v *view) disown(e *edit, a netip.Addr, id *ident) {
	change(&v.addresses4, &v.addresses6, e, a, id.leaves)
}

// joins is the owners with the ident among them.
func (id *ident) joins(l []*ident) []*ident {
	if slices.Contains(l, id) {
		return l
	}
	return append(slices.Clip(l), id)
}

// leaves is the owners without the ident.
func (id *ident) leaves(l []*ident) []*ident {
	return slices.DeleteFunc(slices.Clone(l), func(o *ident) bool { return o == id })
}

// change replaces the owners of an address by what f makes of them.
func change(t4, t6 *tree[*owners], e *edit, a netip.Addr, f func([]*ident) []*ident) {
	k, width := addressKey(a)
	t := t6
	if width == width4 {
		t = t4
	}
	old, _ := t.get(k, width)
	var before []*ident
	if old != nil {
		before = old.list
	}
	switch after := f(before); {
	case len(after) == 0:
		*t = t.drop(e, k, width)
	case len(after) == 1:
		*t = t.set(e, k, width, &after[0].alone)
	default:
		*t = t.set(e, k, width, &owners{after})
	}
}
