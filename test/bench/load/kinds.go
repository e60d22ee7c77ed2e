package load

import "github.com/kubenames/kubenames/test/bench/cluster"

// The kinds that goals are about.
const (
	Mix    = "mix"
	A      = "A of a service"
	SRV    = "SRV of 10"
	Random = "random NXDOMAIN"
	Big    = "A of 5,000"
)

// Kinds is all kinds of questions, in the order of reports.
var Kinds = []Kind{
	{Name: Mix, ask: (*asker).mix},
	{Name: A, ask: (*asker).address},
	{Name: "AAAA of a service", ask: (*asker).noAddress},
	{Name: SRV, EDNS: true, ask: (*asker).srv},
	{Name: "A of 10", ask: func(a *asker) Question { return a.set(a.headless()) }},
	{Name: "A of 10, TCP", TCP: true, ask: func(a *asker) Question { return a.set(a.headless()) }},
	{Name: "A of 1,000", ask: func(a *asker) Question { return a.set(a.c.MiddleService()) }},
	{Name: "A of 1,000, TCP", TCP: true, ask: func(a *asker) Question { return a.set(a.c.MiddleService()) }},
	{Name: Big, ask: func(a *asker) Question { return a.set(a.c.BigService()) }},
	{Name: Big + ", TCP", TCP: true, ask: func(a *asker) Question { return a.set(a.c.BigService()) }},
	{Name: "one host of 5,000", ask: func(a *asker) Question { return a.host(a.c.BigService()) }},
	{Name: "PTR", ask: (*asker).pointer},
	{Name: "search-path NXDOMAIN", ask: (*asker).search},
	{Name: Random, Fresh: true, ask: (*asker).random},
}

// Questions draws n questions; the same seed draws the same.
func (k Kind) Questions(c *cluster.Cluster, seed uint64, n int) []Question {
	a := newAsker(c, seed)
	all := make([]Question, n)
	for i := range all {
		all[i] = k.ask(a)
	}
	return all
}
