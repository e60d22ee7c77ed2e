package kubenames

import (
	"context"
	"net"
	"net/netip"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/etcd/msg"
	"github.com/coredns/coredns/plugin/pkg/dnsutil"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/zone"
)

// kubernetes is what other plugins find who look for the handler of that name: k8s_external, and autopath @kubernetes. It
// is in the server's register and in nobody's chain. Any goroutine may call it.
type kubernetes struct {
	k    *Kubenames
	next plugin.Handler // of the one before us
}

// handlerName is the name by which they look.
const handlerName = "kubernetes"

// register makes the handlers of the block: ours in the chain, and beside it the one with the other name, unless the
// kubernetes plugin itself is in the block. The server asks for handlers from the end of the chain on.
func (k *Kubenames) register(server *dnsserver.Config) {
	server.AddPlugin(func(next plugin.Handler) plugin.Handler {
		if other, ok := next.(*kubernetes); ok {
			next = other.next
		}
		k.Next = next
		return k
	})
	server.AddPlugin(func(next plugin.Handler) plugin.Handler {
		other := server.Handler(handlerName)
		if _, ours := other.(*kubernetes); other != nil && !ours {
			return next
		}
		return &kubernetes{k: k, next: next}
	})
}

// Name implements plugin.Handler.
func (o *kubernetes) Name() string { return handlerName }

// ServeDNS implements plugin.Handler.
func (o *kubernetes) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	return o.k.ServeDNS(ctx, w, r)
}

// AutoPath implements the autopath plugin's AutoPather.
func (o *kubernetes) AutoPath(state request.Request) []string { return o.k.AutoPath(state) }

// External implements the k8s_external plugin's Externaler: what there is at a name of its zone, or the rcode if there is
// nothing.
func (o *kubernetes) External(state request.Request, headless bool) ([]msg.Service, int) {
	if state.QType() == dns.TypePTR {
		if a, err := netip.ParseAddr(dnsutil.ExtractAddressFromReverse(state.Name())); err == nil {
			all, outcome := o.k.zone.OutsideAt(a.Unmap())
			var services []msg.Service
			for _, r := range all {
				services = append(services, msg.Service{Host: r.Service + "." + r.Namespace, TTL: o.k.spec.TTL})
			}
			return services, rcode(outcome)
		}
	}
	rel, _ := dnsutil.TrimZone(state.Name(), state.Zone)
	labels := dns.SplitDomainName(rel)
	if len(labels) == 0 {
		return nil, dns.RcodeServerFailure
	}
	all, outcome := o.k.zone.Outside(labels, headless)
	if state.QType() == dns.TypePTR {
		return nil, rcode(outcome)
	}
	var services []msg.Service
	for _, r := range all {
		services = append(services, o.service(r, state.Zone))
	}
	return services, rcode(outcome)
}

func rcode(o zone.Outcome) int {
	switch o {
	case zone.Absent:
		return dns.RcodeNameError
	case zone.Unready:
		return dns.RcodeServerFailure
	}
	return dns.RcodeSuccess
}

// service is a way to reach a Service as k8s_external knows it. A port of -1 has no SRV record.
func (o *kubernetes) service(r zone.Reach, origin string) msg.Service {
	s := msg.Service{Host: r.Host, Port: int(r.Port.Number), TTL: o.k.spec.TTL, Key: key(r, origin)}
	if r.Addr.IsValid() {
		s.Host = r.Addr.String()
	}
	if s.Port == 0 {
		s.Port = -1
	}
	if r.Endpoint != "" {
		s.Key += "/" + r.Endpoint
	}
	return s
}

// key is the name of the Service as k8s_external spells it: from the zone down, with slashes.
func key(r zone.Reach, origin string) string {
	return msg.Path(origin, "c") + "/" + r.Namespace + "/" + r.Service
}

// ExternalAddress implements Externaler: the address records of this server. k8s_external names them itself.
func (o *kubernetes) ExternalAddress(state request.Request, headless bool) []dns.RR {
	var rrs []dns.RR
	for _, r := range o.k.zone.ServersOutside(headless) {
		h := dns.RR_Header{Name: state.Zone, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: o.k.spec.TTL}
		if r.Addr.Is4() {
			rrs = append(rrs, &dns.A{Hdr: h, A: net.IP(r.Addr.AsSlice())})
			continue
		}
		h.Rrtype = dns.TypeAAAA
		rrs = append(rrs, &dns.AAAA{Hdr: h, AAAA: net.IP(r.Addr.AsSlice())})
	}
	return rrs
}

// What k8s_external looks for at the end of a key of headless Services: constants of the kubernetes plugin, which is not
// to be linked only for them.
const (
	keyEndpoint = "/endpoint"
	keyPort     = "/port.protocol"
)

// ExternalServices implements Externaler: all that is in the zone, for a transfer. Headless ones are by their names and
// what these are. A port without a name has no SRV record of its own (DNS-Based Service Discovery 2.3.2).
func (o *kubernetes) ExternalServices(origin string, headless bool) (all []msg.Service, grouped map[string][]msg.Service) {
	grouped = map[string][]msg.Service{}
	o.k.zone.EachOutside(headless, func(r zone.Reach) {
		s, base := o.service(r, origin), key(r, origin)
		port := base + "/_" + r.Port.Protocol + "/_" + r.Port.Name
		switch {
		case r.Endpoint == "":
			all = append(all, s)
			if r.Port.Name != "" {
				s.Key, s.TargetStrip = port, 2
				if r.Host != "" {
					s.Host = "_._." + r.Host // two labels are stripped, whatever they are of
				}
				all = append(all, s)
			}
		default:
			grouped[base+keyEndpoint] = append(grouped[base+keyEndpoint], s)
			if r.Port.Name != "" {
				s.Host, s.Key = msg.Domain(s.Key), port
				grouped[port+keyPort] = append(grouped[port+keyPort], s)
			}
		}
	})
	return all, grouped
}

// ExternalSerial implements Externaler.
func (o *kubernetes) ExternalSerial(string) uint32 { return o.k.zone.OutsideSerial() }
