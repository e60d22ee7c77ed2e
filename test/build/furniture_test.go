package build

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// output is what a server prints. Any goroutine may use it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

// String is all of it.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// furnish makes a folder with what plugins want to find.
func furnish(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("example.org", "example.org. 60 IN SOA ns.example.org. host.example.org. 1 60 60 60 60\nexample.org. 60 IN NS ns.example.org.\nns 60 IN A 192.0.2.1\n")
	write("google.json", `{"type": "authorized_user", "client_id": "x", "client_secret": "x", "refresh_token": "x"}`)
	zoneKey(t, write, "key", "cluster.local.")
	zoneKey(t, write, "signer", "example.org.")
	certificate(t, write)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	coredns := strings.TrimSpace(run(t, checkout(t), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/coredns/coredns"))
	city, err := os.ReadFile(filepath.Join(coredns, "plugin/geoip/testdata/GeoLite2-City.mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	write("city.mmdb", string(city))
	tap, err := net.Listen("unix", filepath.Join(dir, "dnstap.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tap.Close() })
	go func() {
		for {
			c, err := tap.Accept()
			if err != nil {
				return
			}
			go io.Copy(io.Discard, c)
		}
	}()
	return dir
}

// zoneKey writes a key of a zone in BIND's two files.
func zoneKey(t *testing.T, write func(name, text string), name, zone string) {
	t.Helper()
	key := &dns.DNSKEY{Hdr: dns.RR_Header{Name: zone, Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 60}, Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	private, err := key.Generate(256)
	if err != nil {
		t.Fatal(err)
	}
	write(name+".key", key.String()+"\n")
	write(name+".private", key.PrivateKeyString(private))
}

// certificate writes one for this machine, and its key.
func certificate(t *testing.T, write func(name, text string)) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// anything is the URL of a server that answers everything with an empty object.
func anything(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	t.Cleanup(s.Close)
	return s.URL
}
