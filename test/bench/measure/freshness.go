package measure

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/report"
)

// Freshness measures how long after a write the first right answer comes. Where a cache keeps answers by time, all events
// happen at once, and are waited for together.
func (b *Bench) Freshness() error {
	defer b.took("freshness", time.Now())
	server := api.NewServer()
	defer server.Close()
	c := cluster.New(cluster.Size{Services: b.Sizes[0]}, server)
	quick := contestant.Named(contestant.InTreeKubeadm, contestant.KubenamesKubeadm, contestant.KubenamesStock)
	l, err := start(append(quick, contestant.Named(contestant.InTreeStock)...), b.setting("endpoint "+server.URL(), "disabled"))
	if err != nil {
		return err
	}
	defer l.stop()
	for _, h := range Happenings {
		b.Log("freshness: %s", h.Name)
		for range b.FreshRounds {
			for _, who := range l[:len(quick)] {
				if err := turn(who, func() error { return b.fresh(who, c, h, max(1, b.events(h)/b.FreshRounds), false) }); err != nil {
					return err
				}
			}
		}
	}
	if err := b.explainFreshness(c, l); err != nil {
		return err
	}
	cached := l[len(quick)]
	return turn(cached, func() error { return b.fresh(cached, c, Happening{}, b.CachedEvents, true) })
}

// events is how many of a sort there are to be.
func (b *Bench) events(h Happening) int {
	if h.Hold > 0 {
		return b.HeldEvents
	}
	return b.Events
}

// explainFreshness has happen once more what goals were missed with.
func (b *Bench) explainFreshness(c *cluster.Cluster, l lineup) error {
	b.aside = true
	defer func() { b.aside = false }()
	for _, v := range b.missed(report.Freshness, services(c.Services)) {
		h := slices.IndexFunc(Happenings, func(h Happening) bool { return h.Name == v.Key.Case })
		who := slices.IndexFunc(l, func(who *contestant.Contestant) bool { return who.Name == v.Key.Contestant })
		if h < 0 || who < 0 {
			continue
		}
		b.Log("profile: %s: %s", v.Goal, v.In)
		err := turn(l[who], func() error {
			return b.explainCPU(v, l[who], func() error { return b.fresh(l[who], c, Happenings[h], b.events(Happenings[h]), false) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fresh makes events and takes their times; together is all kinds at once, where h is of no account.
func (b *Bench) fresh(who *contestant.Contestant, c *cluster.Cluster, h Happening, n int, together bool) error {
	kinds := []Happening{h}
	if together {
		kinds = Happenings
	}
	var events []*event
	var names []string
	for _, h := range kinds {
		for range n {
			b.strangers++
			e := h.make(c, stranger(c, b.strangers))
			events, names = append(events, &e), append(names, h.Name)
		}
	}
	if err := b.catchUp(who, c); err != nil {
		return err
	}
	if err := who.Quiet(); err != nil {
		return err
	}
	conn, err := dns.Dial("udp", who.Address())
	if err != nil {
		return err
	}
	defer conn.Close()
	took, err := witness(conn, events, together)
	if b.aside {
		return err
	}
	for i, d := range took {
		key := report.Key{Section: report.Freshness, Cluster: services(c.Services), Case: names[i], Contestant: who.Name}
		b.Report.Add(key, "ms", float64(d.Microseconds())/1e3)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", who.Name, err)
	}
	return nil
}

// witness makes the events happen, and asks until each is seen. Each was asked for before.
func witness(conn *dns.Conn, events []*event, together bool) ([]time.Duration, error) {
	for _, e := range events {
		switch right, err := e.seen(conn); {
		case err != nil:
			return nil, err
		case right:
			return nil, fmt.Errorf("%s: right before it happened", e.question)
		}
	}
	took := make([]time.Duration, len(events))
	if together {
		for _, e := range events {
			e.happen()
		}
		const pause = 5 * time.Millisecond // so that the asking does not hold up the answers
		return took, await(conn, events, took, pause)
	}
	for i, e := range events {
		e.happen()
		if err := await(conn, events[i:i+1], took[i:i+1], 0); err != nil {
			return nil, err
		}
	}
	return took, nil
}

func (e *event) happen() {
	e.write()
	e.acked = time.Now()
}

// await asks again and again until all events are seen.
func await(conn *dns.Conn, events []*event, took []time.Duration, pause time.Duration) error {
	for missing := len(events); missing > 0; time.Sleep(pause) {
		for i, e := range events {
			if took[i] > 0 {
				continue
			}
			right, err := e.seen(conn)
			if err != nil {
				return err
			}
			if right {
				took[i] = time.Since(e.acked)
				missing--
			} else if time.Since(e.acked) > 2*time.Minute {
				return fmt.Errorf("%s: not seen for %s", e.question, time.Since(e.acked))
			}
		}
	}
	return nil
}

// seen asks once.
func (e *event) seen(conn *dns.Conn) (bool, error) {
	m := new(dns.Msg).SetQuestion(e.question, dns.TypeA)
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if err := conn.WriteMsg(m); err != nil {
		return false, err
	}
	r, err := conn.ReadMsg()
	if err != nil {
		return false, err
	}
	if r.Id != m.Id {
		return false, &net.AddrError{Err: "answer to another question", Addr: conn.RemoteAddr().String()}
	}
	got := map[netip.Addr]bool{}
	for _, rr := range r.Answer {
		if a, ok := rr.(*dns.A); ok {
			addr, _ := netip.AddrFromSlice(a.A)
			got[addr.Unmap()] = true
		}
	}
	return e.right(r.Rcode, got), nil
}
