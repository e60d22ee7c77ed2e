package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/e2e/chaos/hand"
	"github.com/kubenames/kubenames/test/e2e/chaos/record"
	"github.com/kubenames/kubenames/test/e2e/chaos/subject"
	"github.com/kubenames/kubenames/test/e2e/cluster"
)

// writes is how many a second there are in most stories.
const writes = 20

// stage is what every story has: a control plane, somebody who writes, and the record of that.
type stage struct {
	options
	dir      string
	kube     *cluster.Cluster
	record   *record.Record
	hand     *hand.Hand
	upstream *dns.Server
}

// setStage starts the API server and fills it.
func setStage(ctx context.Context, o options) (*stage, error) {
	s := &stage{options: o, dir: os.Getenv(folder), record: record.New()}
	say("seed %d", o.seed)
	var err error
	if s.kube, err = cluster.Serve(ctx, s.dir, os.Getenv(controlplane)); err != nil {
		return nil, err
	}
	if err := s.kube.Authorize(ctx, "../../deploy"); err != nil {
		return nil, err
	}
	if s.hand, err = hand.New(ctx, s.kube.Client, s.record, o.seed); err != nil {
		return nil, err
	}
	if err := s.hand.Fill(ctx, o.services); err != nil {
		return nil, err
	}
	say("%d Services are there", o.services)
	s.upstream = &dns.Server{Addr: subject.Upstream, Net: "udp", Handler: dns.HandlerFunc(nothing)}
	up := make(chan struct{})
	s.upstream.NotifyStartedFunc = func() { close(up) }
	go s.upstream.ListenAndServe()
	<-up
	return s, nil
}

func (s *stage) clear() {
	s.upstream.Shutdown()
	s.kube.Stop()
}

// nothing is the world outside the cluster.
func nothing(w dns.ResponseWriter, r *dns.Msg) {
	m := new(dns.Msg).SetRcode(r, dns.RcodeNameError)
	m.Ns = []dns.RR{&dns.SOA{
		Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 1},
		Ns:  "ns.", Mbox: "mail.", Serial: 1, Minttl: 1,
	}}
	w.WriteMsg(m)
}

var began = time.Now()

// say tells whoever watches how far it is.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}
