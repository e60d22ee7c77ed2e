package kubenames

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/bufsize"
	"github.com/miekg/dns"
)

// neighbour is what a plugin of our block that stands in front of us does to our answers. One behind us sees none of the
// questions that we answer.
type neighbour int

const (
	meddles  neighbour = iota // what it does needs the chain: there is no lane. So does what a plugin that is not known does.
	minds                     // it leaves our questions and answers alone
	done                      // the lane does it as well
	narrows                   // it leaves all alone but some, which go through the chain
	anywhere                  // it meddles wherever it stands
)

// neighbours is the plugins of CoreDNS.
var neighbours = map[string]neighbour{
	"root": minds, "metadata": minds, "geoip": minds, "cancel": minds, "quic": minds, "grpc_server": minds, "https": minds,
	"https3": minds, "timeouts": minds, "multisocket": minds, "reload": minds, "bind": minds, "debug": minds, "ready": minds,
	"health": minds, "pprof": minds, "shed": minds, "errors": minds, "tls": minds, "loop": minds, "on": minds,
	"proxyproto": minds, // as a plugin; that the listener has it is seen there
	"nsid":       minds, // by an option: questions with options are for the chain
	"chaos":      minds, // by a class that is for the chain
	"transfer":   minds, // by types that are for the chain

	"prometheus": done, "loadbalance": done, "bufsize": done,

	"cache":    narrows, // zones that it keeps
	"autopath": narrows, // names that do not exist
	"any":      narrows, // ANY
	"dnssec":   narrows, // DO, DNSKEY

	"trace": meddles, "log": meddles, "dnstap": meddles, "local": meddles, "dns64": meddles, "siit": meddles, "tsig": meddles,
	"rewrite": meddles, "acl": meddles, "header": meddles, "minimal": meddles, "template": meddles, "hosts": meddles,
	"route53": meddles, "azure": meddles, "clouddns": meddles, "k8s_external": meddles, "kubernetes": meddles, "file": meddles,
	"secondary": meddles, "etcd": meddles, "forward": meddles, "grpc": meddles, "erratic": meddles, "whoami": meddles,
	"sign": meddles, "nomad": meddles,

	"auto":      anywhere, // it changes the zones of prometheus
	"dynupdate": anywhere, // it wants other messages of the listener
	"view":      anywhere,
}

// behind reports whether the plugin is behind us in the chain.
func behind(plugin string) bool {
	return slices.Index(dnsserver.Directives, plugin) > slices.Index(dnsserver.Directives, name)
}

// around is the plugins of our block, as far as the lane has to know them. It returns the one that leaves no lane, and why;
// "" if there is none.
func (b *lanes) around(all []plugin.Handler, zones map[string][]*dnsserver.Config) (reason string) {
	for _, h := range all {
		n := h.Name()
		if _, ours := h.(*kubernetes); ours || n == name {
			continue
		}
		switch known := neighbours[n]; {
		case known == anywhere:
			return n
		case behind(n), known == minds:
		case known == meddles, !b.beside(n, h, zones):
			return n
		}
	}
	return ""
}

// beside makes the lane do what the plugin does, or leave to the chain what it does. It reports whether that can be.
func (b *lanes) beside(name string, h plugin.Handler, zones map[string][]*dnsserver.Config) bool {
	switch name {
	case "prometheus":
		m, ok := h.(interface{ ZoneNames() []string })
		b.writer = following(h)
		return ok && b.writer != "" && coincide(m.ZoneNames(), zones)
	case "loadbalance":
		b.shuffled = true
		return shuffles(h)
	case "bufsize":
		s, ok := h.(bufsize.Bufsize)
		b.size = uint16(s.Size)
		return ok
	case "cache":
		_, shared := b.k.zones()
		b.shared = suffixes(shared)
	case "autopath":
		b.positive = true
	case "any":
		b.types = append(b.types, dns.TypeANY)
	case "dnssec":
		b.types, b.plain = append(b.types, dns.TypeDNSKEY), true
	}
	return true
}

// following is the name of the plugin behind the one whose handler it is. In prometheus's eyes that one writes all answers.
func following(h plugin.Handler) string {
	if next := inside(h, "Next"); next.IsValid() && next.CanInterface() {
		if n, ok := next.Interface().(plugin.Handler); ok {
			return n.Name()
		}
	}
	return ""
}

// coincide reports whether what prometheus calls the zone of a question is the zone of its block: that there are no names
// of zones that this listener does not have.
func coincide(names []string, zones map[string][]*dnsserver.Config) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return zones[n] == nil })
}

// shuffles reports whether loadbalance does what it does without arguments: weights and preferences are the chain's.
func shuffles(h plugin.Handler) bool {
	v := reflect.ValueOf(h)
	return v.Kind() == reflect.Struct && isRandom(v.FieldByName("shuffle"))
}

// isRandom reports whether it is the function by which loadbalance shuffles without arguments.
func isRandom(f reflect.Value) bool {
	if !f.IsValid() || f.Kind() != reflect.Func {
		return false
	}
	p := f.Pointer()
	if p == random.Load() {
		return true
	}
	if !strings.HasSuffix(runtime.FuncForPC(p).Name(), "/loadbalance.randomShuffle") {
		return false
	}
	random.Store(p)
	return true
}

// random is where that function is, once it was seen.
var random atomic.Uintptr
