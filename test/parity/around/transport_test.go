package around

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/coredns/coredns/pb"
	"github.com/miekg/dns"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// transport carries one question to a server, and the answer back with what else the transport says of it.
type transport func(ctx context.Context, s *server, packet []byte) (answer []byte, beside string, err error)

// transports is all that CoreDNS has, on the ports of transportsCorefile.
var transports = map[string]transport{
	"udp": overSocket("udp", 0), "tcp": overSocket("tcp", 0), "tls": overSocket("tcp-tls", 1),
	"https POST": overHTTP(http.MethodPost, false), "https GET": overHTTP(http.MethodGet, false),
	"https3 POST": overHTTP(http.MethodPost, true), "https3 GET": overHTTP(http.MethodGet, true),
	"quic": overQUIC, "grpc": overGRPC,
}

const transportsCorefile = `(cluster) {
    bind HOST
    tls DIR/tls.crt DIR/tls.key
    template IN A example.org {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
    PLUGIN cluster.local in-addr.arpa ip6.arpa {
        endpoint API
    }
}
.:PORT {
    import cluster
}
tls://.:PORT1 {
    import cluster
}
quic://.:PORT1 {
    import cluster
}
https://.:PORT2 {
    import cluster
}
https3://.:PORT2 {
    import cluster
}
grpc://.:PORT3 {
    import cluster
}
`

func (s *server) addr(port int) string { return host + ":" + s.ports[port] }

func trust(protocols ...string) *tls.Config {
	return &tls.Config{RootCAs: trusted, NextProtos: protocols}
}

func overSocket(network string, port int) transport {
	return func(ctx context.Context, s *server, packet []byte) ([]byte, string, error) {
		client := dns.Client{Net: network, TLSConfig: trust()}
		conn, err := client.DialContext(ctx, s.addr(port))
		if err != nil {
			return nil, "", err
		}
		defer conn.Close()
		deadline, _ := ctx.Deadline()
		conn.SetDeadline(deadline)
		conn.UDPSize = dns.MaxMsgSize
		if _, err := conn.Write(packet); err != nil {
			return nil, "", err
		}
		answer, err := conn.ReadMsgHeader(nil)
		return answer, "", err
	}
}

func overHTTP(method string, three bool) transport {
	return func(ctx context.Context, s *server, packet []byte) ([]byte, string, error) {
		url, body := "https://"+s.addr(2)+"/dns-query", io.Reader(bytes.NewReader(packet))
		if method == http.MethodGet {
			url, body = url+"?dns="+base64.RawURLEncoding.EncodeToString(packet), nil
		}
		request, err := http.NewRequestWithContext(ctx, method, url, body)
		if err != nil {
			return nil, "", err
		}
		request.Header.Set("Content-Type", "application/dns-message")
		request.Header.Set("Accept", "application/dns-message")
		var client http.Client
		if three {
			t := &http3.Transport{TLSClientConfig: trust()}
			defer t.Close()
			client.Transport = t
		} else {
			t := &http.Transport{TLSClientConfig: trust(), ForceAttemptHTTP2: true}
			defer t.CloseIdleConnections()
			client.Transport = t
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, "", err
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		beside := []string{response.Proto, response.Status, response.Header.Get("Content-Type"), response.Header.Get("Cache-Control")}
		return answer, strings.Join(beside, ", "), err
	}
}

// overQUIC reads until the server ends the stream, as it has to (RFC 9250 4.2).
func overQUIC(ctx context.Context, s *server, packet []byte) ([]byte, string, error) {
	conn, err := quic.DialAddr(ctx, s.addr(1), trust("doq"), nil)
	if err != nil {
		return nil, "", err
	}
	defer conn.CloseWithError(0, "")
	stream, err := conn.OpenStreamSync(ctx)
	if err != nil {
		return nil, "", err
	}
	deadline, _ := ctx.Deadline()
	stream.SetDeadline(deadline)
	if _, err := stream.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...)); err != nil {
		return nil, "", err
	}
	if err := stream.Close(); err != nil {
		return nil, "", err
	}
	answer, err := io.ReadAll(stream)
	if err != nil {
		return nil, "", fmt.Errorf("%d bytes, and then: %w", len(answer), err)
	}
	if len(answer) < 2 || int(binary.BigEndian.Uint16(answer)) != len(answer)-2 {
		return nil, "", fmt.Errorf("%d bytes: want a length and as many bytes", len(answer))
	}
	return answer[2:], "", nil
}

func overGRPC(ctx context.Context, s *server, packet []byte) ([]byte, string, error) {
	conn, err := grpc.NewClient(s.addr(3), grpc.WithTransportCredentials(credentials.NewTLS(trust())))
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	answer, err := pb.NewDnsServiceClient(conn).Query(ctx, &pb.DnsPacket{Msg: packet})
	return answer.GetMsg(), "", err
}
