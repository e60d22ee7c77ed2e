package report

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestRatio(t *testing.T) {
	got, ok := Ratio([]float64{1, 2, 6}, []float64{2, 2, 2, 99})
	if want := (Spread{0.5, 1, 3}); !ok || got != want {
		t.Errorf("Ratio: got %v, %v, want %v: pair by pair", got, ok, want)
	}
	if _, ok := Ratio(nil, []float64{1}); ok {
		t.Error("Ratio of nothing: got one, want none")
	}
}

func TestQuantile(t *testing.T) {
	for q, want := range map[float64]float64{0: 10, 0.5: 20, 0.75: 25, 1: 30} {
		if got := Quantile([]float64{10, 20, 30}, q); got != want {
			t.Errorf("Quantile(%v): got %v, want %v", q, got, want)
		}
	}
}

// A goal of all cases is as good as its worst case, and one that nothing is known about is not met.
func TestJudge(t *testing.T) {
	r := &Report{}
	for name, value := range map[string]float64{"good": 1, "bad": 3} {
		r.Add(Key{Queries, "cluster", name, "ours"}, "µs", value)
		r.Add(Key{Queries, "cluster", name, "theirs"}, "µs", 2)
	}
	r.Judge([]Goal{
		{Text: "all", Section: Queries, Ours: "ours", Theirs: "theirs", Limit: 1},
		{Text: "one", Section: Queries, Case: "good", Ours: "ours", Theirs: "theirs", Limit: 1},
		{Text: "between cases", Section: Queries, Case: "bad", TheirsCase: "good", Ours: "ours", Theirs: "ours", Limit: 3},
		{Text: "absolute", Section: Queries, Case: "bad", Ours: "ours", Limit: 2},
		{Text: "unknown", Section: Heap, Ours: "ours", Theirs: "theirs", Limit: 1},
	})
	want := "all MISSED in 1 of 2 1.50 cluster, bad; one met 0.50 cluster, good; between cases met 3.00 cluster, bad; absolute MISSED 3.00 cluster, bad; unknown not measured 0.00 "
	var got []string
	for _, v := range r.Goals {
		got = append(got, strings.Join([]string{v.Goal, v.Result(), Digits(v.Measured.Median), v.In}, " "))
	}
	if got := strings.Join(got, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Figures of different minutes are divided by somebody's of the same, and what is held on purpose is added to theirs.
func TestCompare(t *testing.T) {
	r := &Report{}
	for _, s := range []struct {
		cluster, who string
		values       []float64
	}{
		{"small", "ours", []float64{10, 20}}, {"small", "floor", []float64{5, 10}},
		{"big", "ours", []float64{30, 60}}, {"big", "floor", []float64{10, 20}},
	} {
		r.Add(Key{Queries, s.cluster, "mix", s.who}, "µs", s.values...)
	}
	for _, tc := range []struct {
		goal Goal
		want float64
	}{
		{Goal{TheirCluster: "small", Theirs: "ours"}, 3},
		{Goal{TheirCluster: "small", Theirs: "ours", Per: "floor"}, 1.5},
		{Goal{Theirs: "floor", Allow: 5}, 2.2},
		{Goal{Theirs: "floor", Quantile: 1}, 3},
		{Goal{Theirs: "floor", Quantile: 1, Allow: 40}, 1},
	} {
		tc.goal.Section, tc.goal.Cluster, tc.goal.Case, tc.goal.Ours = Queries, "big", "mix", "ours"
		if got := r.judge(tc.goal); got.Missing || math.Abs(got.Measured.Median-tc.want) > 1e-9 {
			t.Errorf("%+v: got %v, want %v", tc.goal, got.Measured, tc.want)
		}
	}
	if got := r.Find(Key{Queries, "big", "mix", "floor"}); got[0] != 10 {
		t.Errorf("the samples have changed: %v", got)
	}
}

// A moment in which the machine stood still is in one part of five.
func TestQuantilesOfParts(t *testing.T) {
	calm := slices.Repeat([]float64{1}, fewest)
	disturbed := slices.Concat(slices.Repeat([]float64{100}, 50), calm[50:])
	if got := quantiles(disturbed, 0.99); !slices.Equal(got, []float64{100, 1, 1, 1, 1}) {
		t.Errorf("got %v", got)
	}
	if got := quantiles(disturbed[1:], 0.99); len(got) != 1 || got[0] != 100 {
		t.Errorf("of few values: got %v", got)
	}
}

// Only the profile of the worst case of a goal that is missed stays.
func TestForget(t *testing.T) {
	r := &Report{Goals: []Verdict{{Goal: "missed", In: "here"}, {Goal: "met", In: "here", Met: true}}}
	for _, p := range []Profile{{Goal: "missed", In: "there", File: "a"}, {Goal: "missed", In: "here", File: "b"}, {Goal: "met", In: "here", File: "c"}} {
		r.AddProfile(p)
	}
	if got := r.Forget(true); !slices.Equal(got, []string{"a", "c"}) || len(r.Profiles) != 1 || r.Profiles[0].File != "b" {
		t.Errorf("got %q, left %v", got, r.Profiles)
	}
}
