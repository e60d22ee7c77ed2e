package proxy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// half is after how many events a streamed list ends that is to end in the middle.
const half = 100

// frame is one event as it is on the wire.
type frame struct {
	wire []byte
	kind string // ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
	last bool   // the end of a streamed list
	due  time.Time
}

// stream passes a watch on, event by event.
func (p *Proxy) stream(w http.ResponseWriter, r *http.Request, answer *http.Response, streamed bool) {
	http.NewResponseController(w).Flush()
	packed := strings.Contains(answer.Header.Get("Content-Type"), "protobuf")
	frames := make(chan frame, 1<<16)
	go func() {
		defer close(frames)
		in := bufio.NewReader(answer.Body)
		for {
			f, err := read(in, packed)
			if err != nil {
				return
			}
			f.due = time.Now().Add(p.fault.Load().Delay)
			select {
			case frames <- f:
			case <-r.Context().Done():
				return
			}
		}
	}()
	deaf, silent, passed := false, false, 0
	for f := range frames {
		fault := p.fault.Load()
		deaf, silent = deaf || fault.Deaf, silent || fault.Silent
		mark := f.kind == "BOOKMARK"
		switch {
		case silent, deaf && !mark, fault.Bookmarks && mark && !f.last, fault.Endless && f.last:
			p.spoiled.Add(1)
			continue
		case fault.Expire:
			p.spoiled.Add(1)
			w.Write(expired(packed))
			http.NewResponseController(w).Flush()
			return
		}
		if !pause(r, time.Until(f.due)) {
			return
		}
		if passed++; fault.Half && streamed && passed == half {
			w.Write(f.wire[:len(f.wire)/2])
			p.abort(w)
		}
		if _, err := w.Write(f.wire); err != nil {
			return
		}
		if len(frames) == 0 {
			http.NewResponseController(w).Flush()
		}
	}
}

// read reads the next event.
func read(in *bufio.Reader, packed bool) (f frame, err error) {
	var event metav1.WatchEvent
	if packed {
		var length [4]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return f, err
		}
		f.wire = make([]byte, 4+binary.BigEndian.Uint32(length[:]))
		copy(f.wire, length[:])
		if _, err := io.ReadFull(in, f.wire[4:]); err != nil {
			return f, err
		}
		err = event.Unmarshal(f.wire[4:])
	} else {
		if f.wire, err = in.ReadBytes('\n'); err != nil {
			return f, err
		}
		err = json.Unmarshal(f.wire, &event)
	}
	f.kind = event.Type
	f.last = event.Type == "BOOKMARK" && bytes.Contains(event.Object.Raw, []byte(metav1.InitialEventsAnnotationKey))
	return f, err
}

// expired is the event that says that the version of a watch is too old.
func expired(packed bool) []byte {
	status := &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Message: "chaos: too old resource version", Reason: metav1.StatusReasonExpired, Code: http.StatusGone,
	}
	if !packed {
		text, err := json.Marshal(status)
		if err != nil {
			panic(err)
		}
		return []byte(`{"type":"ERROR","object":` + string(text) + "}\n")
	}
	var object bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(status, &object); err != nil {
		panic(err)
	}
	event := metav1.WatchEvent{Type: "ERROR"}
	event.Object.Raw = object.Bytes()
	wire, err := event.Marshal()
	if err != nil {
		panic(err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(wire))), wire...)
}
