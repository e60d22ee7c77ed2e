package monitoring

import (
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	promrules "github.com/prometheus/prometheus/rules"
)

// a and b are two replicas.
const (
	a = `job="dns", instance="a", zones="cluster.local."`
	b = `job="dns", instance="b", zones="cluster.local."`
)

const whole = "coredns_kubenames_whole{" + a + "} 1x300\ncoredns_kubenames_whole{" + b + "} 1x300\n"

// stories are what Prometheus scraped, once a minute, and which alerts fire after so many minutes; all others do not.
var stories = map[string]struct {
	series string
	after  int
	want   []string
}{
	"all is well": {whole + `
		coredns_kubenames_api_unreached_seconds{` + a + `} 0x300
		coredns_kubenames_watch_alive_age_seconds{` + a + `, kind="services"} 1 60 119 2x297
		coredns_kubenames_watch_incidents_total{` + a + `, incident="silent"} 1+1x300
		coredns_kubenames_snapshot_served{` + a + `} 0x300
		coredns_kubenames_snapshot_errors_total{` + a + `} 0x300
		coredns_kubenames_audits_total{` + a + `, kind="services", outcome="equal"} 1+0.1x300
		coredns_dns_responses_total{` + a + `, rcode="SERVFAIL"} 0+1x300
		coredns_dns_responses_total{` + a + `, rcode="NOERROR"} 0+1000x300
		coredns_kubenames_express_dropped_total{` + a + `} 0x300
		coredns_kubenames_dns_programming_duration_seconds_bucket{` + a + `, le="1"} 0+10x300
		coredns_kubenames_dns_programming_duration_seconds_bucket{` + a + `, le="+Inf"} 0+10x300
		process_resident_memory_bytes{` + a + `} 50000000x300
		go_gc_gomemlimit_bytes{` + a + `} 9.2e18x300
		coredns_reload_failed_total{` + a + `} 0x300
		coredns_panics_total{` + a + `} 0x300
		coredns_kubenames_unpackable_total{` + a + `} 0x300`, 200, nil},
	"nothing is scraped":  {"up 1x300", 6, []string{"KubenamesAbsent"}},
	"a scrape is missing": {"up 1x300", 4, nil},
	"another job": {whole + `
		process_resident_memory_bytes{job="db", instance="c"} 99x300
		go_gc_gomemlimit_bytes{job="db", instance="c"} 100x300
		coredns_panics_total{job="other", instance="c"} 0+1x300
		coredns_reload_failed_total{job="other", instance="c"} 0+1x300
		coredns_dns_responses_total{job="other", instance="c", rcode="SERVFAIL"} 0+1x300`, 200, nil},
	"one replica knows nothing":      {"coredns_kubenames_whole{" + a + "} 1x300\ncoredns_kubenames_whole{" + b + "} 0x300", 11, []string{"KubenamesReplicaKnowsNothing"}},
	"one replica has just started":   {"coredns_kubenames_whole{" + a + "} 1x300\ncoredns_kubenames_whole{" + b + "} 0x300", 9, nil},
	"none knows anything":            {"coredns_kubenames_whole{" + a + "} 0x300\ncoredns_kubenames_whole{" + b + "} 0x300", 2, []string{"KubenamesKnowsNothing"}},
	"one question of ten fails":      {whole + failing(`instance="a"`, 100), 11, []string{"KubenamesServfail"}},
	"one question of a hundred does": {whole + failing(`instance="a"`, 10), 11, nil},
	"away for four minutes":          {whole + away("a", 60) + away("b", 60), 4, nil},
	"away for ten minutes":           {whole + away("a", 60) + away("b", 60), 10, []string{"KubenamesOutOfReach"}},
	"away for twenty minutes":        {whole + away("a", 60) + away("b", 60), 20, []string{"KubenamesOutOfReach", "KubenamesAllOutOfReach"}},
	"one is away for an hour":        {whole + away("a", 60) + away("b", 0), 60, []string{"KubenamesOutOfReach"}},
	"a watch is silent":              {whole + away("a", 0) + quiet, 8, []string{"KubenamesWatchSilent"}},
	"and so is the server":           {whole + away("a", 60) + quiet, 8, []string{"KubenamesOutOfReach"}},
	"a snapshot is served":           {whole + "coredns_kubenames_snapshot_served{" + a + "} 1x300", 6, []string{"KubenamesSnapshotServed"}},
	"and was":                        {whole + "coredns_kubenames_snapshot_served{" + a + "} 1 1 0x300", 6, nil},
	"the disk is full":               {whole + "coredns_kubenames_snapshot_errors_total{" + a + "} 0 0+2x300", 20, []string{"KubenamesSnapshotNotSaved"}},
	"the first incident":             {whole + "coredns_kubenames_watch_incidents_total{" + a + `, incident="panic"} 0x99 1x200`, 105, []string{"KubenamesWatchIncident"}},
	"the second":                     {whole + "coredns_kubenames_watch_incidents_total{" + a + `, incident="panic"} 1x99 2x200`, 105, []string{"KubenamesWatchIncident"}},
	"both are long ago":              {whole + "coredns_kubenames_watch_incidents_total{" + a + `, incident="panic"} 1x99 2x200`, 130, nil},
	"audits fail":                    {whole + "coredns_kubenames_audits_total{" + a + `, kind="pods", outcome="failed"} 0+0.1x300`, 200, []string{"KubenamesAuditFails"}},
	"some audits do": {whole + "coredns_kubenames_audits_total{" + a + `, kind="pods", outcome="failed"} 0+0.1x300
		coredns_kubenames_audits_total{` + a + `, kind="pods", outcome="equal"} 0+0.1x300`, 200, nil},
	"changes are a minute late": {whole + `
		coredns_kubenames_dns_programming_duration_seconds_bucket{` + a + `, le="32.768"} 0+1x300
		coredns_kubenames_dns_programming_duration_seconds_bucket{` + a + `, le="65.536"} 0+9x300
		coredns_kubenames_dns_programming_duration_seconds_bucket{` + a + `, le="+Inf"} 0+9x300`, 40, []string{"KubenamesLate"}},
	"and in native histograms": {whole + `
		coredns_kubenames_dns_programming_duration_seconds{` + a + `} {{schema:0 sum:60 count:10 buckets:[1 9] offset:5}}+{{schema:0 sum:60 count:10 buckets:[1 9] offset:5}}x300`,
		40, []string{"KubenamesLate"}},
	"and in time": {whole + `
		coredns_kubenames_dns_programming_duration_seconds{` + a + `} {{schema:0 sum:6 count:10 buckets:[1 9] offset:0}}+{{schema:0 sum:6 count:10 buckets:[1 9] offset:0}}x300`, 40, nil},
	"questions are dropped": {whole + `coredns_kubenames_express_dropped_total{job="dns", instance="a", server="dns://:53"} 0+600x300`, 20, []string{"KubenamesDropped"}},
	"memory is short": {whole + `process_resident_memory_bytes{job="dns", instance="a"} 160x300
		go_gc_gomemlimit_bytes{job="dns", instance="a"} 170x300`, 20, []string{"KubenamesMemory"}},
	"a Corefile is wrong":   {whole + `coredns_reload_failed_total{job="dns", instance="a"} 0x10 1x200`, 15, []string{"KubenamesReloadFailed"}},
	"a plugin panicked":     {whole + `coredns_panics_total{job="dns", instance="a"} 0x10 1x200`, 15, []string{"KubenamesDefect"}},
	"a reply is no message": {whole + `coredns_kubenames_unpackable_total{job="dns", instance="a"} 0x10 1x200`, 15, []string{"KubenamesDefect"}},
}

// quiet is a watch of which nothing is heard from the start.
const quiet = `coredns_kubenames_watch_alive_age_seconds{` + a + `, kind="services"} 0+60x300` + "\n"

// away is a replica whose API server has been away for so many seconds more each minute.
func away(instance string, more int) string {
	return `coredns_kubenames_api_unreached_seconds{job="dns", instance="` + instance + `", zones="cluster.local."} 0+` + strconv.Itoa(more) + "x300\n"
}

// failing is answers of which so many of a thousand fail.
func failing(instance string, n int) string {
	return `coredns_dns_responses_total{job="dns", ` + instance + `, rcode="SERVFAIL"} 0+` + strconv.Itoa(n) + "x300\n" +
		`coredns_dns_responses_total{job="dns", ` + instance + `, rcode="NOERROR"} 0+` + strconv.Itoa(1000-n) + "x300\n"
}

func TestStories(t *testing.T) {
	all := rules(t)
	told := map[string]bool{}
	for name, s := range stories {
		t.Run(name, func(t *testing.T) {
			got := fires(t, s.series, s.after)
			slices.Sort(got)
			slices.Sort(s.want)
			if !slices.Equal(got, s.want) {
				t.Errorf("after %d minutes: %q fire, want %q", s.after, got, s.want)
			}
		})
		for _, alert := range s.want {
			told[alert] = true
		}
	}
	for alert := range all {
		if !told[alert] {
			t.Errorf("%s: no story in which it fires", alert)
		}
	}
}

// fires is the alerts that fire after so many minutes.
func fires(t *testing.T, series string, after int) (firing []string) {
	storage := promqltest.LoadedStorage(t, "load 1m\n"+regexp.MustCompile(`(?m)^\s*(\S)`).ReplaceAllString(series, "  $1"))
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 1_000_000)
	query := promrules.EngineQueryFunc(engine, storage)
	for name, r := range rules(t) {
		expr, err := promQL.ParseExpr(r.Expr)
		if err != nil {
			t.Fatal(err)
		}
		rule := promrules.NewAlertingRule(name, expr, time.Duration(r.For), time.Duration(r.KeepFiringFor), labels.FromMap(r.Labels),
			labels.EmptyLabels(), labels.EmptyLabels(), "", true, slog.New(slog.DiscardHandler))
		for minute := range after + 1 {
			if _, err := rule.Eval(t.Context(), 0, time.Unix(0, 0).Add(time.Duration(minute)*time.Minute), query, &url.URL{}, 0); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if slices.ContainsFunc(rule.ActiveAlerts(), func(a *promrules.Alert) bool { return a.State == promrules.StateFiring }) {
			firing = append(firing, name)
		}
	}
	return firing
}
