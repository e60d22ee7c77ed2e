// Command mutants breaks one line of the plugin at a time, and tells how long parity takes to see it. It fails if a break
// stays unseen for a minute. Run it in test/parity: go run ./mutants.
//
// Nothing of the plugin's files changes: the compiler is shown others in their place.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// mutant is a line of the plugin and what is put into its place.
type mutant struct{ what, file, old, new string }

var mutants = []mutant{
	{"an SRV weight", "plugin/zone/compile.go", "Weight = share(c.candidates)", "Weight = share(c.candidates + 1)"},
	{"NODATA becomes NXDOMAIN", "plugin/zone/find.go", "case n.kind == absent:", "case n.kind == absent, n.kind == serviceName && q.Type == dns.TypeTXT:"},
	{"a stale endpoint: updates of one slice are ignored", "plugin/cluster/state.go", "case old == nil && now == nil:\n\t\treturn\n\tcase now == nil:\n\t\tdelete(s.slices, k)",
		"case old == nil && now == nil, old != nil && now != nil && strings.HasSuffix(k.Name, \"-1\"):\n\t\treturn\n\tcase now == nil:\n\t\tdelete(s.slices, k)"},
	{"a stale endpoint: a deleted slice stays", "plugin/cluster/state.go", "		s.listed[side(k.Imported)]--\n\t\ts.unlink(old.Owner(), old)",
		"		s.listed[side(k.Imported)]--\n\t\tif now != nil || !strings.HasSuffix(k.Name, \"-2\") {\n\t\t\ts.unlink(old.Owner(), old)\n\t\t}"},
	{"the TTL of AAAA", "plugin/answer/message.go", "rr = dns.AAAA{Hdr: head(owner, s.typ, s.ttl)", "rr = dns.AAAA{Hdr: head(owner, s.typ, s.ttl+1)"},
	{"glue is left out", "plugin/zone/compile.go", "		c.glue = append(c.glue,", "\t\tif len(c.glue) > 2 {\n\t\t\treturn\n\t\t}\n\t\tc.glue = append(c.glue,"},
	{"PTR of an address that two Services have", "plugin/zone/reverse.go", "ips[:1], nil)", "ips[len(ips)-1:], nil)"},
	{"the owner in lower case", "plugin/answer/query.go", "	return q.text\n", "	return dns.CanonicalName(q.text)\n"},
	{"an unready endpoint is there", "plugin/kube/slice.go", "isReady, hostname, pod := ready(e),", "isReady, hostname, pod := true,"},
	{"NXDOMAIN before the cluster is known", "plugin/zone/find.go", "	if !v.complete && n.kind != versionName &&", "	if !v.complete && n.kind != versionName && n.kind != absent &&"},
}

func main() {
	limit := flag.Duration("limit", time.Minute, "how long parity may take")
	only := flag.String("only", "", "only those with this in their descriptions")
	flag.Parse()
	unseen := 0
	for _, m := range mutants {
		if !strings.Contains(m.what, *only) {
			continue
		}
		took, seen, err := m.run(*limit)
		switch {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: %v\n", m.what, err)
			os.Exit(2)
		case !seen:
			unseen++
			fmt.Printf("%-60s not seen in %v\n", m.what, *limit)
		default:
			fmt.Printf("%-60s seen after %.1f s\n", m.what, took.Seconds())
		}
	}
	if unseen > 0 {
		os.Exit(1)
	}
}

// run builds parity with the mutant, and tells how long it took to fail, and whether it did.
func (m mutant) run(limit time.Duration) (took time.Duration, seen bool, err error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return 0, false, err
	}
	defer os.RemoveAll(dir)
	file, err := filepath.Abs(filepath.Join("../..", m.file))
	if err != nil {
		return 0, false, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false, err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return 0, false, fmt.Errorf("%s: %d times %q, want once", m.file, n, m.old)
	}
	broken, overlay, program := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "parity")
	if err := os.WriteFile(broken, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o600); err != nil {
		return 0, false, err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: broken}})
	if err != nil {
		return 0, false, err
	}
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		return 0, false, err
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, ".").CombinedOutput(); err != nil {
		return 0, false, fmt.Errorf("%w: %s", err, out)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-stop", "-seeds", "10000", "-questions", "3000", "-shrink=false", "-limit", limit.String()).CombinedOutput()
	took = time.Since(began)
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 1 {
		return took, true, nil
	}
	if err != nil {
		return took, false, fmt.Errorf("%w: %s", err, out)
	}
	return took, false, nil
}
