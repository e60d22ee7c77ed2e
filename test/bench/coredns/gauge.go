package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"runtime"
	"runtime/pprof"

	"github.com/kubenames/kubenames/test/bench/contestant"
)

// gauge tells about this process on a Unix socket: of its memory and its goroutines /heap after garbage collection, and /now as it is; as
// profiles /objects, what is and was allocated, and /cpu, from /watch on.
func gauge(path string) error {
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	tell := func(w http.ResponseWriter) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		json.NewEncoder(w).Encode(contestant.Gauge{Heap: m.HeapAlloc, Allocated: m.TotalAlloc, Allocations: m.Mallocs, Goroutines: runtime.NumGoroutine()})
	}
	mux.HandleFunc("/heap", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		runtime.GC() // what the first one only found to be finalized
		tell(w)
	})
	mux.HandleFunc("/now", func(w http.ResponseWriter, _ *http.Request) { tell(w) })
	mux.HandleFunc("/objects", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		pprof.Lookup("heap").WriteTo(w, 0)
	})
	var cpu bytes.Buffer
	mux.HandleFunc("/watch", func(w http.ResponseWriter, _ *http.Request) {
		cpu.Reset()
		if err := pprof.StartCPUProfile(&cpu); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	mux.HandleFunc("/cpu", func(w http.ResponseWriter, _ *http.Request) {
		pprof.StopCPUProfile()
		w.Write(cpu.Bytes())
	})
	go http.Serve(l, mux) // until the process ends
	return nil
}
