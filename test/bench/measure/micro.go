package measure

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/kubenames/kubenames/test/bench/report"
)

// What Go benchmarks tell, as contestants of a report.
const (
	Time        = "time"
	Bytes       = "bytes"
	Allocations = "allocations"
)

// The benchmark of questions that are read, found and answered, and the end of the names of what lies below each.
const (
	Exit  = "FindAppend/"
	Floor = "_floor"
)

var perOp = map[string]struct{ name, unit string }{
	"sec/op": {Time, "ns"}, "B/op": {Bytes, "B"}, "allocs/op": {Allocations, ""},
}

// root is where the plugin is, from the folder of this module.
const root = "../.."

// benchmarks runs Go benchmarks of the plugin, one after the other.
func (b *Bench) benchmarks(args ...string) ([]byte, error) {
	cmd := exec.Command("go", append([]string{"test", "-run", "^$", "-benchmem"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return out, nil
}

// Compile makes the programs of the Go benchmarks, so that the go command finds them later.
func (b *Bench) Compile() error {
	_, err := b.benchmarks("./...")
	return err
}

// Exits runs the benchmarks of the wire exit once, between other measurements: a machine has fast and slow minutes.
func (b *Bench) Exits() error {
	out, err := b.benchmarks("-bench", "^Benchmark"+strings.ReplaceAll(Exit, "/", "$"), "-benchtime", b.BenchTime.String(), "./plugin/zone")
	if err == nil {
		b.read(out)
	}
	return err
}

// Micro runs all Go benchmarks of the plugin.
func (b *Bench) Micro() error {
	defer b.took("Go benchmarks", time.Now())
	b.Log("Go benchmarks")
	out, err := b.benchmarks("-bench", ".", "-benchtime", b.BenchTime.String(), "-count", fmt.Sprint(b.BenchCount), "./...")
	if err != nil {
		return err
	}
	b.read(out)
	for _, cluster := range b.Report.Clusters(report.Micro) {
		for _, v := range b.missed(report.Micro, cluster) {
			if err := b.explainMicro(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// read adds what go test has printed.
func (b *Bench) read(printed []byte) {
	all := benchfmt.NewReader(bytes.NewReader(printed), "go test")
	for all.Scan() {
		r, ok := all.Result().(*benchfmt.Result)
		if !ok {
			continue // a line that is no benchmark
		}
		pkg := r.GetConfig("pkg")
		name := strings.TrimSuffix(r.Name.String(), "-1")
		for _, v := range r.Values {
			as, ok := perOp[v.Unit]
			if !ok {
				continue
			}
			value := v.Value
			if v.Unit == "sec/op" {
				value *= 1e9
			}
			b.Report.Add(report.Key{Section: report.Micro, Cluster: strings.TrimPrefix(pkg, "github.com/kubenames/"), Case: name, Contestant: as.name}, as.unit, value)
		}
	}
}

// explainMicro runs one benchmark for longer.
func (b *Bench) explainMicro(v report.Verdict) error {
	b.Log("profile: %s: %s", v.Goal, v.In)
	pattern := "^Benchmark" + strings.ReplaceAll(v.Key.Case, "/", "$/^") + "$"
	file := filepath.Join(b.Dir, "cpu.pb.gz")
	folder := "./" + strings.TrimPrefix(strings.TrimPrefix(v.Key.Cluster, "kubenames"), "/")
	if _, err := b.benchmarks("-bench", pattern, "-benchtime", "1s", "-o", filepath.Join(b.Dir, "benchmark"), "-cpuprofile", file, folder); err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return b.explain(v, v.Key.Case, "cpu", data)
}
