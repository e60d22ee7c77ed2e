package measure

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"

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
	endpoints  int // set when it is measured, as are slices
	slices     int
}

// Memory measures what a cluster takes, in the heap when all is done, and at the most while it is read.
func (b *Bench) Memory() error {
	defer b.took("memory", time.Now())
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
		key := report.Key{Section: report.Idle, Cluster: "no cluster", Contestant: contestant.NothingChain}
		for _, f := range []struct {
			what  string
			bytes float64
		}{{"heap", heap}, {"peak RSS", peak}} {
			key.Case = f.what
			b.Report.Add(key, "MB", f.bytes/mega)
		}
	}
	return nil
}

func (b *Bench) hold(h *holder) error {
	server := api.NewServer()
	defer debug.FreeOSMemory()
	defer server.Close()
	c := cluster.New(h.size, server)
	h.endpoints, h.slices = c.Total(), c.Slices()
	b.Report.Holdings = append(b.Report.Holdings, report.Holding{
		Case: h.name, Services: len(c.All()), Slices: h.slices, Endpoints: h.endpoints, Pods: h.size.Pods})
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
	return b.explainMemory(h, b.setting("endpoint "+server.URL(), h.pods))
}

// explainMemory has contestants read the cluster once more that missed a goal with it.
func (b *Bench) explainMemory(h *holder, s contestant.Setting) error {
	for section, of := range map[string]string{report.Heap: "inuse_space", report.Peak: "alloc_space"} {
		for _, v := range b.missed(section, services(b.Main)) {
			if v.Key.Case != h.name {
				continue
			}
			b.Log("profile: %s: %s", v.Goal, v.In)
			s.Fine = true
			who, err := contestant.Named(v.Key.Contestant)[0].Start(s)
			if err != nil {
				return err
			}
			err = who.Quiet()
			var data []byte
			if err == nil {
				data, err = who.Objects()
			}
			who.Stop()
			if err == nil {
				err = b.explain(v, v.Key.Contestant, of, data)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Bench) heapKey(name, contestant string) report.Key {
	return report.Key{Section: report.Heap, Cluster: services(b.Main), Case: name, Contestant: contestant}
}

// perObject divides what the cases differ in. Clusters with more endpoints have no more slices.
func (b *Bench) perObject(who string, cases []holder) {
	at := map[string]holder{}
	for _, h := range cases {
		at[h.name] = h
	}
	heap := func(name string) []float64 { return b.Report.Find(b.heapKey(name, who)) }
	less := func(a, b []float64) []float64 {
		d := slices.Clone(a)
		for i := range d {
			d[i] -= b[i]
		}
		return d
	}
	add := func(object string, megabytes []float64, count int) (each []float64) {
		for _, m := range megabytes {
			each = append(each, m*mega/float64(count))
		}
		b.Report.Add(report.Key{Section: report.PerObject, Cluster: services(b.Main), Case: object, Contestant: who}, "bytes", each...)
		return each
	}
	few, many := at[PodsDisabled], at[ManyEndpoints]
	add("service", heap(NoEndpoints), b.Main)
	endpoint := add("endpoint", less(heap(ManyEndpoints), heap(PodsDisabled)), many.endpoints-few.endpoints)
	inSlices := less(heap(PodsDisabled), heap(NoEndpoints))
	for i := range inSlices {
		inSlices[i] -= endpoint[i] * float64(few.endpoints) / mega
	}
	add("slice", inSlices, few.slices)
	add("pod", less(heap(ManyPods), heap(PodsVerified)), b.Crowd-b.Pods)
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
