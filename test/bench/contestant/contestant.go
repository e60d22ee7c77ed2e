// Package contestant runs the DNS servers that are compared, each a process of its own on one core.
package contestant

// Plan is which server, and what stands around it. Immutable.
type Plan struct {
	Name   string
	Plugin string // the plugin of CoreDNS; "" is Knot DNS with a static zone
	Chain  Chain
}

// Chain is the plugins around the one that answers.
type Chain int

// The chains. Stock and Kubeadm are those of the Corefiles that CoreDNS and kubeadm install, without what takes no part
// in an answer of the cluster's zones (health, ready, forward, loop, reload).
const (
	Alone   Chain = iota // none
	Plain                // errors, prometheus, loadbalance
	Stock                // errors, prometheus, cache 30, loadbalance
	Kubeadm              // as Stock, and the cache leaves the cluster's zone alone
	Express              // as Stock, and beside it the express lane
)

// The names of plans, as they stand in reports.
const (
	Nothing          = "nothing, alone"
	NothingChain     = "nothing, chain"
	InTreeStock      = "in-tree, stock"
	InTreeKubeadm    = "in-tree, kubeadm"
	KubenamesChain   = "kubenames, chain"
	KubenamesStock   = "kubenames, stock"
	KubenamesKubeadm = "kubenames, kubeadm"
	KubenamesExpress = "kubenames, express"
	Knot             = "knot"
	NothingReads     = "nothing, reading the API"
)

// Reader follows the API server as others do, and keeps nothing: what client-go takes of the cost of a change.
var Reader = Plan{NothingReads, "nothing", Alone}

// Plans is all contestants, in the order of reports.
var Plans = []Plan{
	{Nothing, "nothing", Alone},
	{NothingChain, "nothing", Plain},
	{InTreeStock, "kubernetes", Stock},
	{InTreeKubeadm, "kubernetes", Kubeadm},
	{KubenamesChain, "kubenames", Plain},
	{KubenamesStock, "kubenames", Stock},
	{KubenamesKubeadm, "kubenames", Kubeadm},
	{KubenamesExpress, "kubenames", Express},
	{Knot, "", Alone},
}

// Named is the plans of these names.
func Named(names ...string) (plans []Plan) {
	for _, n := range names {
		for _, p := range Plans {
			if p.Name == n {
				plans = append(plans, p)
			}
		}
	}
	return plans
}

// Answers tells whether the server has the cluster's names, and does not say the same to every question.
func (p Plan) Answers() bool { return p.Plugin != "nothing" }

// Watches tells whether the server follows an API server.
func (p Plan) Watches() bool { return p.Plugin == "kubernetes" || p.Plugin == "kubenames" }
