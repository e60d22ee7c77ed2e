package kube

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/keeper"
	"github.com/kubenames/kubenames/plugin/zone"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// peakOf is the environment by which the test's own program becomes a server that reads a cluster.
const peakOf = "KUBENAMES_TEST_PEAK_OF"

// TestPeak has a process of its own, with GOMEMLIMIT, read 10,000 Services, and then one of 100 slices of 1,000 endpoints, at
// once: it knows of the limit, and the most memory that it ever has is near what the cluster weighs.
func TestPeak(t *testing.T) {
	if host := os.Getenv(peakOf); host != "" {
		readForPeak(t, host)
		return
	}
	const limit = 64 << 20
	for streaming, most := range map[bool]int64{true: 70 << 20, false: 110 << 20} { // a list that does not stream is whole in memory
		s := newAPIServer(t, streaming)
		s.set("namespaces", namespaceObject("default"))
		var services, slices []runtime.Object
		for i := range 10_000 {
			services = append(services, serviceObject(fmt.Sprint("service-", i), testAddr(i)))
		}
		services = append(services, serviceObject("big", "None"))
		for i := range 100 {
			slice := sliceObject(fmt.Sprint("big-", i), "big", testAddr(1000*i))
			for j := 1; j < 1000; j++ {
				slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{testAddr(1000*i + j)}})
			}
			slices = append(slices, slice)
		}
		s.set("services", services...)
		s.set("endpointslices", slices...)
		cmd := exec.Command(os.Args[0], "-test.run", "^TestPeak$")
		cmd.Env = append(os.Environ(), peakOf+"="+s.URL, fmt.Sprint("GOMEMLIMIT=", limit))
		out, err := cmd.CombinedOutput()
		found := highWater.FindSubmatch(out)
		if err != nil || found == nil {
			t.Fatalf("streaming=%t: %v\n%s", streaming, err, out)
		}
		peak, _ := strconv.ParseInt(string(found[1]), 10, 64)
		peak <<= 10
		t.Logf("streaming=%t: %d MiB at most", streaming, peak>>20)
		if peak > most && !raced { // whose detector has memory of its own
			t.Errorf("streaming=%t: %d MiB at most, want %d", streaming, peak>>20, most>>20)
		}
	}
}

// highWater is the most memory that a process has ever had. (What the kernel tells its parent counts the parent's own.)
var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// readForPeak reads all, tells what it took, and ends.
func readForPeak(t *testing.T, host string) {
	if debug.SetMemoryLimit(-1) != 64<<20 {
		t.Fatal("GOMEMLIMIT is not heeded")
	}
	z, err := zone.New(zone.Spec{Origins: origins, Clustersets: origins[1:2], TTL: 5})
	if err != nil {
		t.Fatal(err)
	}
	live, err := NewLive(&rest.Config{Host: host}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	k := keeper.New(live)
	k.Attach(z)
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	select {
	case <-k.Whole():
	case <-ctx.Done():
		t.Fatalf("no list of %v", k.Missing())
	}
	if n := k.Counts(); n[cluster.KindService] != 10_001 || n[cluster.KindSlice] != 100 {
		t.Errorf("got %v, want 10,001 Services and 100 slices", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s\n", highWater.Find(status))
}
