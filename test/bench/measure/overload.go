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

// What is told of an overload. The peak is the most that a contestant answered in any second or two before, however it was asked.
const (
	PeakRate     = "peak"
	Asked        = "asked"
	AskedByPeak  = "asked, of the peak"
	Answered     = "answered"
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
}{{contestant.KubenamesExpress, false}, {contestant.KubenamesStock, true}, {contestant.InTreeStock, false}}

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
			if rates[f.contestant], err = o.measure(s, length); err != nil {
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

// measure finds the peak, and floods another process with times as much, whose memory knows nothing of that. It tells the rate.
func (o overload) measure(s surge, length time.Duration) (rate float64, err error) {
	o.Log("overload: %s: %s", s, o.plan.Name)
	peak, err := o.peak()
	if err != nil {
		return 0, err
	}
	rate = float64(s.times) * peak
	who, err := o.plan.Start(o.setting)
	if err != nil {
		return 0, err
	}
	defer who.Stop()
	st, err := o.strain(who, load.Flood{Rate: rate, Length: length, Other: o.other})
	if err != nil {
		return 0, err
	}
	o.tell(s, peak, st)
	return rate, nil
}

// steps are how many times the answers of a closed loop are asked for in search of the peak.
var steps = []float64{1, 1.25, 1.5, 2}

// peak is the most answers a second, be it that questions wait for answers or that they do not.
func (o overload) peak() (peak float64, err error) {
	who, err := o.plan.Start(o.setting)
	if err != nil {
		return 0, err
	}
	defer who.Stop()
	const part = 30 // of the time, for each step
	step := max(o.OverloadTime/part, o.Sample)
	var closed float64
	for range 2 { // the first fills caches
		err := o.patiently(who, func() error {
			r, err := o.set.Run(who.Address(), step, load.Exact)
			closed = float64(r.Answered) / r.Seconds
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	if err := who.Resume(); err != nil {
		return 0, err
	}
	peak = closed
	for _, times := range steps {
		if err := who.Quiet(); err != nil {
			return 0, err
		}
		r, err := o.set.Flood(who.Address(), load.Flood{Rate: times * closed, Length: step})
		if err != nil {
			return 0, err
		}
		peak = max(peak, float64(r.Answered)/r.Seconds)
	}
	return peak, nil
}

// tell adds to the report.
func (o overload) tell(s surge, peak float64, st strain) {
	add := func(name, unit string, value float64) {
		o.Report.Add(report.Key{Section: report.Overload, Cluster: s.String(), Case: name, Contestant: o.plan.Name}, unit, value)
	}
	f := st.Flooded
	asked, answered := float64(f.Asked)/f.Seconds, float64(f.Answered)/f.Seconds
	share, other := percent(f.Answered, f.Asked), percent(f.OtherAnswered, f.OtherAsked)
	add(PeakRate, "1/s", peak)
	add(Asked, "1/s", asked)
	add(AskedByPeak, "x", asked/peak)
	add(Answered, "1/s", answered)
	add(Lost, "%", 100*(1-answered/peak))
	add(Share, "%", share)
	add(P50, "ms", milliseconds(f.Took.Quantile(0.5)))
	add(P99, "ms", milliseconds(f.Took.Quantile(0.99)))
	add(OtherShare, "%", other)
	add(OtherLost, "%", 100*(1-other/max(share, 1e-9)))
	add(OtherP99, "ms", milliseconds(f.OtherTook.Quantile(0.99)))
	add(MostRSS, "MB", max(st.rss.early, st.rss.later)/mega)
	add(GrowthRSS, "%", 100*(st.rss.later/max(st.rss.early, 1)-1))
	add(MostRoutines, "", max(st.routines.early, st.routines.later))
	add(MoreRoutines, "", st.routines.later-st.routines.early)
	note := func(format string, args ...any) {
		o.Report.Note(fmt.Sprintf("%s, %s: %s", s, o.plan.Name, fmt.Sprintf(format, args...)))
	}
	const near = 0.97
	if asked < near*float64(s.times)*peak {
		note("asked %s x the peak only, which is what the load generator's core sends beside taking the answers", report.Digits(asked/peak))
	}
	if st.full {
		note("ended after %.1f s: it had more than %d MB resident", f.Seconds, o.OverloadMemory)
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
