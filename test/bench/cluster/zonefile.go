package cluster

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"github.com/miekg/dns"
)

// ZoneFiles writes the cluster's names as the files cluster.local and in-addr.arpa of a folder, for a server with static
// zones. They say what the specification of Kubernetes' DNS says.
func (c *Cluster) ZoneFiles(dir string) error {
	forward, err := newFile(filepath.Join(dir, "cluster.local"), "cluster.local.")
	if err != nil {
		return err
	}
	defer forward.Close()
	reverse, err := newFile(filepath.Join(dir, "in-addr.arpa"), "in-addr.arpa.")
	if err != nil {
		return err
	}
	defer reverse.Close()
	for _, s := range c.All() {
		c.forward(forward.w, s)
		c.backward(reverse.w, s)
	}
	if err := forward.w.Flush(); err != nil {
		return err
	}
	return reverse.w.Flush()
}

type file struct {
	*os.File
	w *bufio.Writer
}

func newFile(path, origin string) (*file, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "$TTL 30\n%s SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30\n", origin)
	fmt.Fprintf(w, "%s NS ns.dns.cluster.local.\n", origin)
	if origin == "cluster.local." {
		fmt.Fprintf(w, "ns.dns.cluster.local. A 127.0.0.1\n")
	}
	return &file{f, w}, nil
}

func (c *Cluster) target(s Service, j int) string {
	if s.Hostnames {
		return s.Hostname(j) + "." + s.FQDN()
	}
	a := c.Address(s.First + j).As4()
	return fmt.Sprintf("%d-%d-%d-%d.%s", a[0], a[1], a[2], a[3], s.FQDN())
}

func (c *Cluster) forward(w *bufio.Writer, s Service) {
	ports := []struct {
		name            string
		service, target int
	}{{"http", 80, 8080}, {"metrics", 9090, 9090}}
	if !s.Headless() {
		fmt.Fprintf(w, "%s A %s\n", s.FQDN(), s.Address)
		for _, p := range ports {
			fmt.Fprintf(w, "_%s._tcp.%s SRV 0 100 %d %s\n", p.name, s.FQDN(), p.service, s.FQDN())
		}
		return
	}
	for j := range s.Count {
		a, t := c.Address(s.First+j), c.target(s, j)
		fmt.Fprintf(w, "%s A %s\n%s A %s\n", s.FQDN(), a, t, a)
		for _, p := range ports {
			fmt.Fprintf(w, "_%s._tcp.%s SRV 0 %d %d %s\n", p.name, s.FQDN(), max(1, 100/s.Count), p.target, t)
		}
	}
}

func (c *Cluster) backward(w *bufio.Writer, s Service) {
	if !s.Headless() {
		name, _ := dns.ReverseAddr(s.Address.String())
		fmt.Fprintf(w, "%s PTR %s\n", name, s.FQDN())
		return
	}
	for j := range s.Count {
		name, _ := dns.ReverseAddr(c.Address(s.First + j).String())
		fmt.Fprintf(w, "%s PTR %s\n", name, c.target(s, j))
	}
}
