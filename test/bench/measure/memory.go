package measure

import (
	"fmt"
	"runtime/debug"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/report"
)

// The cases of memory.
const (
	NoEndpoints   = "no endpoints"
	PodsDisabled  = "pods disabled"
	PodsVerified  = "pods verified"
	ManyPods      = "pods verified, more of them"
	ManyEndpoints = "more endpoints"
)

// holder is a case of memory: a cluster of a size, and how its pods are followed.
type holder struct {
	name, pods string
	size       cluster.Size
	endpoints  int // set when it is measured
}

// Memory measures what a cluster takes, in the heap when all is done, and at the most while it is read.
func (b *Bench) Memory() error {
	if err := b.idle(); err != nil {
		return err
	}
	cases := b.holders()
	for i := range cases {
		if err := b.hold(&cases[i]); err != nil {
			return fmt.Errorf("%s: %w", cases[i].name, err)
		}
	}
	for _, p := range inMemory {
		b.perObject(p.Name, cases)
	}
	return nil
}

func (b *Bench) holders() []holder {
	bare := cluster.Size{Services: b.Main, Endpoints: -1}
	few, many, crowd := b.size(b.Main), b.size(b.Main), b.size(b.Main)
	few.Pods, many.Pods = b.Pods, b.Crowd
	crowd.Endpoints = max(1, b.Endpoints/b.Main)
	return []holder{
		{name: NoEndpoints, pods: "disabled", size: bare},
		{name: PodsDisabled, pods: "disabled", size: b.size(b.Main)},
		{name: PodsVerified, pods: "verified", size: few},
		{name: ManyPods, pods: "verified", size: many},
		{name: ManyEndpoints, pods: "disabled", size: crowd},
	}
}

const mega = 1 << 20

// inMemory is who is measured. A cache holds answers, and no part of the cluster.
var inMemory = contestant.Named(contestant.InTreeKubeadm, contestant.KubenamesKubeadm)

// idle measures a server without a cluster.
func (b *Bench) idle() error {
	for range b.MemoryRounds {
		heap, peak, err := b.weigh(contestant.Named(contestant.NothingChain)[0], b.setting("", ""))
		if err != nil {
			return err
		}
		b.idleHeap, b.idlePeak = append(b.idleHeap, heap), append(b.idlePeak, peak)
	}
	return nil
}

func (b *Bench) hold(h *holder) error {
	server := api.NewServer()
	defer debug.FreeOSMemory()
	defer server.Close()
	h.endpoints = cluster.New(h.size, server).Total()
	b.Report.Note(fmt.Sprintf("memory: %s: %d services, %d endpoints, %d pods", h.name, h.size.Services, h.endpoints, h.size.Pods))
	for round := range b.MemoryRounds {
		for _, p := range inMemory {
			b.Log("memory: %s: %s", h.name, p.Name)
			heap, peak, err := b.weigh(p, b.setting("endpoint "+server.URL(), h.pods))
			if err != nil {
				return err
			}
			b.Report.Add(b.heapKey(h.name, p.Name), "MB", (heap-b.idleHeap[round])/mega)
			b.Report.Add(report.Key{Section: report.Peak, Cluster: services(b.Main), Case: h.name, Contestant: p.Name}, "MB", (peak-b.idlePeak[round])/mega)
		}
	}
	return nil
}

func (b *Bench) heapKey(name, contestant string) report.Key {
	return report.Key{Section: report.Heap, Cluster: services(b.Main), Case: name, Contestant: contestant}
}

// perObject divides what the cases differ in.
func (b *Bench) perObject(who string, cases []holder) {
	at := map[string]holder{}
	for _, h := range cases {
		at[h.name] = h
	}
	for _, d := range []struct {
		object, more, less string
		count              int
	}{
		{"service", NoEndpoints, "", b.Main},
		{"endpoint", ManyEndpoints, PodsDisabled, at[ManyEndpoints].endpoints - at[PodsDisabled].endpoints},
		{"pod", ManyPods, PodsVerified, b.Crowd - b.Pods},
	} {
		more, less := b.Report.Find(b.heapKey(d.more, who)), b.Report.Find(b.heapKey(d.less, who))
		for i, heap := range more {
			if less != nil {
				heap -= less[i]
			}
			key := report.Key{Section: report.PerObject, Cluster: services(b.Main), Case: d.object, Contestant: who}
			b.Report.Add(key, "bytes", heap*mega/float64(d.count))
		}
	}
}

// weigh starts a contestant, and tells what it takes once it serves.
func (b *Bench) weigh(p contestant.Plan, s contestant.Setting) (heap, peak float64, err error) {
	who, err := p.Start(s)
	if err != nil {
		return 0, 0, err
	}
	defer who.Stop()
	most, err := who.Peak()
	if err != nil {
		return 0, 0, err
	}
	if err := who.Quiet(); err != nil {
		return 0, 0, err
	}
	g, err := who.Heap()
	return float64(g.Heap), float64(most), err
}
