package main

import (
	"encoding/json"
	"net"
	"net/http"
	"runtime"

	"github.com/kubenames/kubenames/test/bench/contestant"
)

// gauge tells about the memory of this process on a Unix socket: /heap after garbage collection, /now as it is.
func gauge(path string) error {
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	tell := func(w http.ResponseWriter) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		json.NewEncoder(w).Encode(contestant.Gauge{Heap: m.HeapAlloc, Allocated: m.TotalAlloc, Allocations: m.Mallocs})
	}
	mux.HandleFunc("/heap", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		runtime.GC() // what the first one only found to be finalized
		tell(w)
	})
	mux.HandleFunc("/now", func(w http.ResponseWriter, _ *http.Request) { tell(w) })
	go http.Serve(l, mux) // until the process ends
	return nil
}
