package main

import "slices"

const (
	directive = "kubenames"
	neighbour = "kubernetes" // the plugin that kubenames stands in front of
)

// withKubenames returns the plugin order with kubenames just before
// kubernetes, or at the end of an order without kubernetes. An order that has
// kubenames already is returned as it is. The argument is not changed.
func withKubenames(order []string) []string {
	if slices.Contains(order, directive) {
		return order
	}
	at := slices.Index(order, neighbour)
	if at < 0 {
		at = len(order)
	}
	return slices.Insert(slices.Clone(order), at, directive)
}
