package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

// What the API of these tests says: the events of a watch that begins with a list, and a list.
var events = []string{
	`{"type":"ADDED","object":{"kind":"Service"}}`,
	`{"type":"BOOKMARK","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}}`,
	`{"type":"BOOKMARK","object":{}}`,
	`{"type":"MODIFIED","object":{"kind":"Service"}}`,
}

const list = `{"kind":"ServiceList","items":[]}`

// Where it says so.
const (
	lists    = "/api/v1/services"
	watches  = lists + "?watch=true&resourceVersion=7"
	streamed = lists + "?watch=true&sendInitialEvents=true"
)

// between is a proxy in front of such an API, and a client of it.
func between(t *testing.T) (*Proxy, *http.Client) {
	t.Helper()
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("watch") == "" {
			io.WriteString(w, list)
			return
		}
		http.NewResponseController(w).Flush() // nobody knows how long it will be
		for range many(r) {
			fmt.Fprintln(w, events[0])
		}
		for _, event := range events {
			fmt.Fprintln(w, event)
		}
	}))
	api.EnableHTTP2 = true
	api.StartTLS()
	t.Cleanup(api.Close)
	own := api.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, keyFile := write(t, "CERTIFICATE", own.Certificate[0]), write(t, "PRIVATE KEY", key)
	p, err := Start(api.URL, cert, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	roots := x509.NewCertPool()
	roots.AddCert(api.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return p, &http.Client{Transport: transport, Timeout: 5 * time.Second}
}

// many is how many events more a request asks for.
func many(r *http.Request) int {
	n, _ := strconv.Atoi(r.URL.Query().Get("many"))
	return n
}

func write(t *testing.T, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), kind)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFaults(t *testing.T) {
	p, client := between(t)
	all := strings.Join(events, "\n") + "\n"
	without := func(kept ...int) (text string) {
		for _, i := range kept {
			text += events[i] + "\n"
		}
		return text
	}
	for _, c := range []struct {
		about, path string
		fault       Fault
		want        string // the status, and what is read until the end
	}{
		{"a list", lists, Fault{}, "200 " + list},
		{"a watch", watches, Fault{}, "200 " + all},
		{"a status, for a list", lists, Fault{Status: 429}, "429 TooManyRequests"},
		{"a status, for a watch", watches, Fault{Status: 500}, "500 InternalError"},
		{"gone, for a watch", watches, Fault{Gone: true}, "410 Expired"},
		{"gone, for a list", lists, Fault{Gone: true}, "200 " + list},
		{"gone, for a streamed list", streamed, Fault{Gone: true}, "200 " + all},
		{"half a list", lists, Fault{Half: true}, "200 " + list[:len(list)/2] + " and breaks off"},
		{"half a streamed list", streamed + "&many=120", Fault{Half: true},
			"200 " + strings.Repeat(events[0]+"\n", half-1) + events[0][:(len(events[0])+1)/2] + " and breaks off"},
		{"no bookmarks", streamed, Fault{Bookmarks: true}, "200 " + without(0, 1, 3)},
		{"an endless list", streamed, Fault{Endless: true}, "200 " + without(0, 2, 3)},
		{"bookmarks only", watches, Fault{Deaf: true}, "200 " + without(1, 2)},
		{"nothing", watches, Fault{Silent: true}, "200 "},
		{"expired", watches, Fault{Expire: true}, "200 " + string(expired(false))},
		{"down", lists, Fault{Down: true}, "no answer"},
	} {
		p.Set(c.fault)
		p.Reset()
		client.CloseIdleConnections()
		if got := get(client, p.URL()+c.path); got != c.want {
			t.Errorf("%s: got %q, want %q", c.about, got, c.want)
		}
	}
}

// get is the status, and the text, or the reason in the text if it is an error.
func get(client *http.Client, url string) string {
	response, err := client.Get(url)
	if err != nil {
		return "no answer"
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	said := string(text)
	if response.StatusCode != http.StatusOK {
		_, rest, _ := strings.Cut(said, `"reason":"`)
		said, _, _ = strings.Cut(rest, `"`)
	}
	if err != nil {
		said += " and breaks off"
	}
	return fmt.Sprintf("%d %s", response.StatusCode, said)
}

func TestDelay(t *testing.T) {
	p, client := between(t)
	p.Set(Fault{Delay: 300 * time.Millisecond})
	began := time.Now()
	if got, want := get(client, p.URL()+watches), "200 "+strings.Join(events, "\n")+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if took := time.Since(began); took < 600*time.Millisecond {
		t.Errorf("an answer and its events: got them after %v, want 600ms at least", took)
	}
}

func TestReset(t *testing.T) {
	p, client := between(t)
	p.Set(Fault{Delay: time.Minute})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL()+lists, nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := client.Do(request)
		failed <- err
	}()
	for {
		p.Reset()
		select {
		case err := <-failed:
			if err == nil || ctx.Err() != nil {
				t.Errorf("got %v, want a connection that is reset", err)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestExpired reads the event as a client would, packed.
func TestExpired(t *testing.T) {
	f, err := read(bufio.NewReader(bytes.NewReader(expired(true))), true)
	if err != nil || f.kind != "ERROR" {
		t.Fatalf("got %q, %v, want an ERROR", f.kind, err)
	}
	var event metav1.WatchEvent
	if err := event.Unmarshal(f.wire[4:]); err != nil {
		t.Fatal(err)
	}
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(event.Object.Raw, nil, nil)
	if status, ok := object.(*metav1.Status); err != nil || !ok || status.Reason != metav1.StatusReasonExpired {
		t.Errorf("got %v, %v, want the status Expired", object, err)
	}
}
