// Package proxy stands between one server and the API, knows lists and watches, and spoils them.
//
//	CoreDNS ──TLS──▶ Proxy ──TLS──▶ kube-apiserver
package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Fault is what is wrong between server and API. The zero value is nothing. It is immutable once it is set.
type Fault struct {
	Down      bool          // no connection lasts
	Delay     time.Duration // of every answer, and of every event
	Status    int           // what lists and watches are answered with, such as 429
	Gone      bool          // watches that go on from a version are 410, so that the server has to list
	Half      bool          // lists, streamed ones too, end in the middle
	Expire    bool          // open watches say 410 with the next event
	Bookmarks bool          // are withheld, but for the end of a streamed list
	Endless   bool          // the end of a streamed list is withheld
	Deaf      bool          // no events, but bookmarks; of a watch that was deaf once for good
	Silent    bool          // not even those
}

// Proxy is between one server and the API. Any goroutine may use it.
type Proxy struct {
	api      string
	listener net.Listener
	server   *http.Server
	client   *http.Transport
	fault    atomic.Pointer[Fault]
	spoiled  atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// Start returns a proxy in front of the API server at the URL, whose certificate and key it has as well.
func Start(api, cert, key string) (*Proxy, error) {
	pem, err := os.ReadFile(cert)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{api: api, listener: listener, conns: map[net.Conn]bool{}}
	p.fault.Store(&Fault{})
	p.client = &http.Transport{
		TLSClientConfig:    &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}
	p.server = &http.Server{
		Handler:   http.HandlerFunc(p.serve),
		ConnState: p.state,
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	go p.server.ServeTLS(door{listener, p}, cert, key)
	return p, nil
}

// URL is where it is.
func (p *Proxy) URL() string { return "https://" + p.listener.Addr().String() }

// Set makes this what is wrong from now on, with open watches too.
func (p *Proxy) Set(f Fault) { p.fault.Store(&f) }

// Spoiled is how many answers and events were not what the API said.
func (p *Proxy) Spoiled() int { return int(p.spoiled.Load()) }

// Reset breaks all connections off.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		slam(conn.(*tls.Conn).NetConn())
	}
}

// door closes itself before whoever comes while the proxy is down.
type door struct {
	net.Listener
	p *Proxy
}

// Accept implements net.Listener.
func (d door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil || !d.p.fault.Load().Down {
			return conn, err
		}
		slam(conn)
	}
}

func slam(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// Stop ends it, and all that goes through it.
func (p *Proxy) Stop() {
	p.server.Close()
	p.client.CloseIdleConnections()
}

func (p *Proxy) state(conn net.Conn, s http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch s {
	case http.StateNew:
		p.conns[conn] = true
	case http.StateClosed, http.StateHijacked:
		delete(p.conns, conn)
	}
}

// serve passes one request on, and its answer back.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	f, ask := p.fault.Load(), r.URL.Query()
	watch := ask.Get("watch") == "true" || ask.Get("watch") == "1"
	streamed := ask.Get("sendInitialEvents") == "true"
	if !pause(r, f.Delay) {
		return
	}
	if f.Status != 0 {
		p.refuse(w, f.Status)
		return
	}
	if f.Gone && watch && !streamed {
		p.refuse(w, http.StatusGone)
		return
	}
	out := r.Clone(r.Context())
	out.Header.Del("Accept-Encoding") // events that are packed are hard to read
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host, out.Host = "https", p.api[len("https://"):], ""
	answer, err := p.client.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler) // as a connection that ends
	}
	defer answer.Body.Close()
	header := w.Header()
	for key, values := range answer.Header {
		header[key] = values
	}
	w.WriteHeader(answer.StatusCode)
	if watch && answer.StatusCode == http.StatusOK {
		p.stream(w, r, answer, streamed)
		return
	}
	if f.Half && answer.StatusCode == http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		w.Write(text[:len(text)/2])
		p.abort(w)
	}
	io.Copy(w, answer.Body)
}

// refuse answers with a status of the API's.
func (p *Proxy) refuse(w http.ResponseWriter, code int) {
	p.spoiled.Add(1)
	reason := map[int]string{
		http.StatusTooManyRequests:     "TooManyRequests",
		http.StatusInternalServerError: "InternalError",
		http.StatusGone:                "Expired",
	}[code]
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"chaos","reason":"`+
		reason+`","code":`+strconv.Itoa(code)+`}`)
}

// abort ends an answer in the middle.
func (p *Proxy) abort(w http.ResponseWriter) {
	p.spoiled.Add(1)
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// pause waits, and tells whether the request is still there.
func pause(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}
