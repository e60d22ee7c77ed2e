package measure

import (
	"fmt"
	"testing"

	"github.com/google/pprof/profile"

	"github.com/kubenames/kubenames/test/bench/report"
)

// A stack counts for the package that has the runtime or the kernel do something, and for its innermost function.
func TestShares(t *testing.T) {
	p := &profile.Profile{}
	for value, stack := range map[int64][]string{
		50: {"runtime.memmove", "github.com/miekg/dns.(*Msg).Pack", "github.com/kubenames/kubenames.(*Kubenames).ServeDNS"},
		30: {"internal/runtime/syscall/linux.Syscall6", "syscall.write", "github.com/miekg/dns.(*response).Write"},
		15: {"runtime.scanobject", "runtime.gcDrain"},
		4:  {"github.com/kubenames/kubenames/plugin/zone.(*tree[go.shape.*gopkg.in/x.Y]).find", "main.main"},
		1:  {},
	} {
		s := &profile.Sample{Value: []int64{0, value}}
		for _, f := range stack {
			s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: f}}}})
		}
		p.Sample = append(p.Sample, s)
	}
	for _, tc := range []struct {
		by   func([]string) string
		want []report.Share
	}{
		{blame, []report.Share{
			{Name: "github.com/miekg/dns", Percent: 50}, {Name: "github.com/miekg/dns, in the kernel", Percent: 30},
			{Name: runtimeAlone, Percent: 16}, {Name: "github.com/kubenames/kubenames/plugin/zone", Percent: 4},
		}},
		{innermost, []report.Share{
			{Name: "runtime.memmove", Percent: 50}, {Name: "internal/runtime/syscall/linux.Syscall6", Percent: 30}, {Name: "runtime.scanobject", Percent: 15},
			{Name: "github.com/kubenames/kubenames/plugin/zone.(*tree[go.shape.*gopkg.in/x.Y]).find", Percent: 4}, {Name: "unknown", Percent: 1},
		}},
	} {
		if got := shares(p, 1, tc.by); fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("got  %v\nwant %v", got, tc.want)
		}
	}
}
