package measure

import (
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/cluster"
	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/load"
	"github.com/kubenames/kubenames/test/bench/report"
)

// What is told of an overload. The peak is the most that a contestant answers in a second, however it is asked: what it has to be asked for
// that is found before, and then it is asked so again and again, in turns with the flood.
const (
	PeakRate     = "peak"
	PeakAsked    = "asked at the peak"
	PeakCPU      = "CPU of an answer, at the peak"
	Asked        = "asked"
	AskedByPeak  = "asked, of the peak"
	Answered     = "answered"
	AnswerCPU    = "CPU of an answer"
	Lost         = "peak that is lost"
	Share        = "answered, of those asked"
	P50          = "until answered, p50"
	P99          = "until answered, p99"
	OtherShare   = "another zone: answered, of those asked"
	OtherLost    = "another zone: share below ours"
	OtherP99     = "another zone: until answered, p99"
	MostRSS      = "RSS, at the most"
	GrowthRSS    = "RSS, growth after a sixth of the time"
	MostRoutines = "goroutines, at the most"
	MoreRoutines = "goroutines, more of them after a sixth of the time"
)

// surge is a load: so many times what the contestant can answer.
type surge struct {
	kind  string
	times int
	brief bool // for everybody
}

var surges = []surge{{load.Mix, 2, false}, {load.Mix, 4, false}, {load.Random, 4, true}}

func (s surge) String() string { return fmt.Sprintf("%s, %d x the peak", s.kind, s.times) }

// flooded is who is flooded, and for which of them the short time does.
var flooded = []struct {
	contestant string
	brief      bool
}{{contestant.KubenamesExpress, false}, {contestant.KubenamesStock, true}, {contestant.InTreeStock, true}}

// Overload measures what becomes of contestants that are asked more than they can answer.
func (b *Bench) Overload() error {
	defer b.took("overload", time.Now())
	server := api.NewServer()
	defer server.Close()
	c := cluster.New(b.size(b.Main), server)
	setting := b.setting("endpoint "+server.URL(), "insecure")
	setting.Beside = true
	other, err := load.Kind{}.Pack([]load.Question{{Name: contestant.OtherName, Type: dns.TypeA, Answers: 1}})
	if err != nil {
		return err
	}
	peaks := map[[2]string]peak{} // by kind and contestant
	for _, s := range surges {
		kind := load.Kinds[slices.IndexFunc(load.Kinds, func(k load.Kind) bool { return k.Name == s.kind })]
		const questions = 100_000 // of fresh ones: ten times what a cache holds
		set, err := b.draw(kind, c, questions)
		if err != nil {
			return err
		}
		rates := map[string]float64{}
		for _, f := range flooded {
			length := b.OverloadTime
			if f.brief || s.brief {
				length = b.OverloadBrief
			}
			o := overload{b, contestant.Named(f.contestant)[0], setting, set, other}
			p, found := peaks[[2]string{s.kind, f.contestant}]
			if !found {
				p, err = o.peak()
				peaks[[2]string{s.kind, f.contestant}] = p
			}
			if err == nil {
				rates[f.contestant], err = o.measure(s, p, length)
			}
			if err != nil {
				return fmt.Errorf("%s: %s: %w", f.contestant, s, err)
			}
		}
		if err := b.explainOverload(s, rates, overload{b, contestant.Plan{}, setting, set, other}); err != nil {
			return err
		}
	}
	return nil
}

// overload is one contestant's.
type overload struct {
	*Bench
	plan    contestant.Plan
	setting contestant.Setting
	set     load.Set
	other   load.Set
}

// A contestant is flooded so many times at least, and so long at a time at the most.
const (
	turns   = 3
	longest = 10 * time.Second
)

// measure floods a contestant with times its peak, in turns with another process of the same that is asked for what the peak is
// answered at: for half as long before each flood, and behind it. Who is not asked is halted, so that the floods are one
// without a break for whom they hit, and that one's memory knows of nothing else. It tells the rate.
func (o overload) measure(s surge, p peak, length time.Duration) (rate float64, err error) {
	o.Log("overload: %s: %s", s, o.plan.Name)
	l, err := start([]contestant.Plan{o.plan, o.plan}, o.setting)
	if err != nil {
		return 0, err
	}
	defer l.stop()
	rate = float64(s.times) * p.rate
	n := max(turns, int(length/longest))
	turn := length / time.Duration(n)
	var calm, floods []spell
	for ended := false; !ended; {
		at, err := o.strain(l[0], p.demand, turn/2)
		if err != nil {
			return 0, err
		}
		calm = append(calm, at)
		if len(floods) == n {
			break
		}
		flood, err := o.strain(l[1], demand(rate), turn)
		if err != nil {
			return 0, err
		}
		floods, ended = append(floods, flood), flood.full || flood.gone
	}
	o.tell(s, calm, floods)
	return rate, nil
}

// against holds each flood against the peak before and behind it, and tells what of it is lost, in per cent.
func against(calm, floods []spell) (peaks, losses []float64) {
	for i, f := range floods {
		next := calm[min(i+1, len(calm)-1)]
		peaks = append(peaks, (calm[i].rate()+next.rate())/2)
		losses = append(losses, 100*(1-f.rate()/peaks[i]))
	}
	return peaks, losses
}

// tell adds to the report.
func (o overload) tell(s surge, calm, floods []spell) {
	add := func(name, unit string, values ...float64) {
		o.Report.Add(report.Key{Section: report.Overload, Cluster: s.String(), Case: name, Contestant: o.plan.Name}, unit, values...)
	}
	f, before := whole(floods), whole(calm)
	peaks, losses := against(calm, floods)
	share, other := percent(f.Answered, f.Asked), percent(f.OtherAnswered, f.OtherAsked)
	add(PeakRate, "1/s", peaks...)
	add(PeakAsked, "1/s", float64(before.Asked)/before.Seconds)
	for i, turn := range floods {
		add(Asked, "1/s", float64(turn.Asked)/turn.Seconds)
		add(AskedByPeak, "x", float64(turn.Asked)/turn.Seconds/peaks[i])
		add(Answered, "1/s", turn.rate())
	}
	add(Lost, "%", losses...)
	add(PeakCPU, "µs", before.each())
	add(AnswerCPU, "µs", f.each())
	add(Share, "%", share)
	add(P50, "ms", milliseconds(f.Took.Quantile(0.5)))
	add(P99, "ms", milliseconds(f.Took.Quantile(0.99)))
	add(OtherShare, "%", other)
	add(OtherLost, "%", 100*(1-other/max(share, 1e-9)))
	add(OtherP99, "ms", milliseconds(f.OtherTook.Quantile(0.99)))
	rss, routines := over(f.rss, f.Seconds), over(f.routines, f.Seconds)
	add(MostRSS, "MB", max(rss.early, rss.later)/mega)
	add(GrowthRSS, "%", 100*(rss.later/max(rss.early, 1)-1))
	add(MostRoutines, "", max(routines.early, routines.later))
	add(MoreRoutines, "", routines.later-routines.early)
	note := func(format string, args ...any) {
		o.Report.Note(fmt.Sprintf("%s, %s: %s", s, o.plan.Name, fmt.Sprintf(format, args...)))
	}
	const near = 0.97
	if asked := float64(f.Asked) / float64(before.Answered) * before.Seconds / f.Seconds; asked < near*float64(s.times) {
		note("asked %s x the peak only, which is what the load generator's core sends beside taking the answers", report.Digits(asked))
	}
	if f.full {
		note("ended after %.1f s: it had more than %d MB resident", f.Seconds, o.OverloadMemory)
	}
	if f.gone {
		note("ended after %.1f s: it told nothing of itself any more", f.Seconds)
	}
	if f.Wrong > 0 {
		note("%d wrong answers", f.Wrong)
	}
	if f.Late > 0 {
		note("%d answers later than a client waits", f.Late)
	}
}

func percent(some, all int) float64 { return 100 * float64(some) / float64(max(all, 1)) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// explainOverload floods once more what goals were missed with.
func (b *Bench) explainOverload(s surge, rates map[string]float64, o overload) error {
	profiles := map[string][]byte{}
	for _, v := range b.missed(report.Overload, s.String()) {
		name := v.Key.Contestant
		if profiles[name] == nil {
			b.Log("profile: overload: %s: %s", s, name)
			o.plan = contestant.Named(name)[0]
			who, err := o.plan.Start(o.setting)
			if err != nil {
				return err
			}
			profiles[name], err = b.profile(who, func() error {
				_, err := o.set.Flood(who.Address(), load.Flood{Rate: rates[name], Length: min(5*time.Second, max(time.Second, b.OverloadBrief))})
				return err
			})
			who.Stop()
			if err != nil {
				return err
			}
		}
		if err := b.explain(v, name, "cpu", profiles[name]); err != nil {
			return err
		}
	}
	return nil
}
