package server

import (
	"fmt"
	"net"
)

// Fell is the owner of the SOA of what the next plugin says.
const Fell = "fell.through."

// around is what stands behind the plugin: some names to point to, and an answer for all else.
var around = Elsewhere + `    template ANY ANY . {
        rcode NXDOMAIN
        authority "fell.through. 77 IN SOA ns.fell.through. host.fell.through. 1 2 3 4 5"
    }
`

// Elsewhere is names outside the cluster to point to.
var Elsewhere = `    template IN A ext.test {
        match (?i)^a\.ext\.test\.$
        answer "{{ .Name }} 60 IN A 203.0.113.1"
        fallthrough
    }
    template IN AAAA ext.test {
        match (?i)^a\.ext\.test\.$
        answer "{{ .Name }} 60 IN AAAA 2001:db8:ffff::1"
        fallthrough
    }
    template IN A ext.test {
        match (?i)^many\.ext\.test\.$
` + many + `        fallthrough
    }
    template IN ANY alias.ext.test {
        answer "{{ .Name }} 60 IN CNAME a.ext.test."
    }
    template ANY ANY fail.ext.test {
        rcode SERVFAIL
    }
    template ANY ANY empty.ext.test {
        rcode NOERROR
        authority "ext.test. 60 IN SOA ns.ext.test. host.ext.test. 1 2 3 4 60"
    }
    template ANY ANY ext.test {
        rcode NXDOMAIN
        authority "ext.test. 60 IN SOA ns.ext.test. host.ext.test. 1 2 3 4 60"
    }
`

// many is more than fits into the smallest message.
var many = func() (lines string) {
	for i := range 40 {
		lines += fmt.Sprintf("        answer \"{{ .Name }} 60 IN A 203.0.113.%d\"\n", i+2)
	}
	return lines
}()

// Upstream is a server that kubeadm's Corefile forwards to, at one port for UDP and TCP.
func Upstream() (s *Server, err error) {
	for range 10 {
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		l.Close()
		if s, err = Start(".:" + port + " {\n    bind 127.0.0.1\n" + around + "}\n"); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// kubeadm is the Corefile that kubeadm writes, with one word replaced, and ports that are free. The
// cache keeps nothing, for what it keeps is late.
func (c Config) kubeadm(plugin, endpoint string) string {
	return ".:0 {\n    errors\n    health 127.0.0.1:0\n    ready 127.0.0.1:0\n" + c.Block(plugin, endpoint) + `    prometheus 127.0.0.1:0
    forward . ` + c.Upstream + ` {
        max_concurrent 1000
    }
    cache 30 {
        disable success .
        disable denial .
    }
    loop
    reload
    loadbalance
}
`
}
