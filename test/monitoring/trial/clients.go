package trial

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// mix is what clients ask, as often as it stands here.
var mix = []dns.Question{
	{Name: "web-3.shop.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "web-4.shop.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "web-0.shop.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "_http._tcp.web-1.shop.svc.cluster.local.", Qtype: dns.TypeSRV},
	{Name: "4.0.96.10.in-addr.arpa.", Qtype: dns.TypePTR},
	{Name: "web-3.shop.svc.cluster.local.", Qtype: dns.TypeAAAA},
	{Name: "web-3.shop.svc.cluster.local.", Qtype: dns.TypeAAAA},
	{Name: "www.example.org.default.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "www.example.org.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "www.example.org.cluster.local.", Qtype: dns.TypeA},
	{Name: "www.example.org.", Qtype: dns.TypeA},
	{Name: "old.shop.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "db.gone.svc.cluster.local.", Qtype: dns.TypeA},
	{Name: "1.2.0.192.in-addr.arpa.", Qtype: dns.TypePTR},
}

// ask asks the address until the context ends, so often a second, and more and less often as time goes by. What becomes
// of a question is for the server to tell.
func ask(ctx context.Context, address string, rate int) {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return // there is always an address
	}
	defer conn.Close()
	go func() {
		var answer [4096]byte
		for ctx.Err() == nil {
			if conn.SetReadDeadline(time.Now().Add(100*time.Millisecond)) != nil {
				return
			}
			conn.Read(answer[:])
		}
	}()
	for began := time.Now(); ctx.Err() == nil; {
		q := mix[rand.IntN(len(mix))]
		if rand.IntN(100) == 0 {
			q.Name = "broken.test."
		}
		if wire, err := new(dns.Msg).SetQuestion(q.Name, q.Qtype).Pack(); err == nil {
			conn.Write(wire)
		}
		wave := 1 + 0.4*float64(time.Since(began)/time.Second%10)/10
		time.Sleep(time.Duration(float64(time.Second) / float64(rate) / wave))
	}
}

// upstream is a resolver that takes its time, and knows nothing of names in test.
type upstream struct{ *dns.Server }

func newUpstream() (*upstream, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{&dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(resolve)}}
	started := make(chan struct{})
	u.NotifyStartedFunc = func() { close(started) }
	go u.ActivateAndServe()
	<-started
	return u, nil
}

func (u *upstream) address() string { return u.PacketConn.LocalAddr().String() }

func resolve(w dns.ResponseWriter, m *dns.Msg) {
	time.Sleep(time.Duration(rand.ExpFloat64() * float64(8*time.Millisecond)))
	r := new(dns.Msg).SetReply(m)
	switch q := m.Question[0]; {
	case strings.HasSuffix(q.Name, ".test."):
		r.Rcode = dns.RcodeServerFailure
	case q.Qtype == dns.TypeA:
		r.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(192, 0, 2, 1)}}
	default:
		r.Rcode = dns.RcodeNameError
	}
	w.WriteMsg(r)
}
