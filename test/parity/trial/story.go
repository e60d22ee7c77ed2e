package trial

import (
	"fmt"
	"strings"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubenames/kubenames/test/parity/dialog"
	"github.com/kubenames/kubenames/test/parity/server"
)

// Story is the fault as a story for testdata: the cluster, its last change if it takes one, the question, and what the
// answer has to be. It is "" if the fault has no cluster.
func (f *Fault) Story() string {
	if f.after == nil {
		return ""
	}
	var b strings.Builder
	file := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "-- %s --\n%s", name, text)
		}
	}
	fmt.Fprintf(&b, "Found by parity, seed %d (%s).\n\n", f.Seed, strings.Join(append(f.Rules, "no rule"), ", "))
	steps := ""
	step := func(verb, name string, s snapshot, resources ...string) {
		if text := s.yaml(resources...); text != "" {
			file(name, text)
			steps += "event " + verb + " " + name + "\n"
		}
	}
	first := f.before
	if first == nil {
		first = f.after
	}
	file("Corefile", f.storyCorefile())
	if f.config.Falls {
		file("other.zone", ". 77 IN SOA ns.fell.through. host.fell.through. 1 2 3 4 5\n")
	}
	manifests := first.yaml(resources...)
	if manifests == "" {
		manifests = "apiVersion: v1\nkind: Namespace\nmetadata: {name: empty}\n"
	}
	file("manifests/cluster.yaml", manifests)
	step("delete", "step/implied.yaml", implied(first), "namespaces")
	if f.before != nil {
		put, gone := f.after.changes(f.before)
		step("put", "step/namespaces.yaml", put, "namespaces")
		step("put", "step/objects.yaml", put, resources[1:]...)
		step("delete", "step/gone.yaml", gone, resources[1:]...)
		step("delete", "step/namespaces-gone.yaml", gone, "namespaces")
		step("delete", "step/implied-again.yaml", implied(f.after), "namespaces")
	}
	file("story", steps+strings.Join(f.ask(), "\n")+"\n")
	return b.String()
}

// implied is the namespaces that are not there though something is in them: manifests imply them.
func implied(s snapshot) snapshot {
	all := snapshot{"namespaces": {}}
	for _, r := range resources[1:] {
		for _, o := range s[r] {
			if n := o.GetNamespace(); s["namespaces"]["/"+n] == nil && !isMark(o) {
				ns := &corev1.Namespace{}
				ns.APIVersion, ns.Kind, ns.Name = "v1", "Namespace", n
				all["namespaces"]["/"+n] = ns
			}
		}
	}
	return all
}

// storyCorefile is the options, with manifests for an API server, and a zone for all that falls through.
func (f *Fault) storyCorefile() string {
	block := f.config.Block("kubenames", "ENDPOINT")
	block = strings.Replace(block, "endpoint ENDPOINT", "manifests manifests", 1)
	if f.config.Falls {
		block += "    file other.zone .\n"
	}
	if strings.Contains(f.Cluster, "ext.test") {
		block = server.Elsewhere + block
	}
	return ". {\n    errors\n" + block + "}\n"
}

// ask is the question, and its answer, as lines of a story.
func (f *Fault) ask() []string {
	q, r := f.Question, f.Want
	line := "ask " + dns.Type(q.Type).String() + " " + q.Name
	fell := len(r.Authority) == 1 && r.Authority[0].Header().Name == server.Fell
	for _, flag := range []struct {
		is   bool
		word string
	}{
		{q.TCP, "+tcp"}, {q.RD, "+rd"}, {q.CD, "+cd"}, {q.AD, "+ad"}, {q.DO, "+do"}, {q.EDNS, fmt.Sprintf("+edns=%d", q.Size)},
		{q.Class != dns.ClassINET, fmt.Sprintf("class=%s", dns.Class(q.Class))}, {q.Opcode != 0, "opcode=" + dns.OpcodeToString[q.Opcode]},
		{fell, "+other"}, {f.before != nil, "+eventually"},
	} {
		if flag.is {
			line += " " + flag.word
		}
	}
	if fell {
		// What a file says of a zone that is all others' is another denial.
		r.AA, r.Authority = true, nil
		lines := append([]string{line}, tell(r)...)
		return append(lines, "authority:", ". 77 IN SOA ns.fell.through. host.fell.through. SERIAL 2 3 4 5")
	}
	return append([]string{line}, tell(r)...)
}

// tell is the reply in lines as a story has them.
func tell(r dialog.Reply) []string {
	status := dns.RcodeToString[r.Rcode]
	if r.Opcode != dns.OpcodeQuery {
		status += " " + dns.OpcodeToString[r.Opcode]
	}
	for _, f := range []struct {
		is   bool
		word string
	}{{r.AA, " aa"}, {r.TC, " tc"}, {r.RD, " rd"}, {r.RA, " ra"}, {r.AD, " ad"}, {r.CD, " cd"}, {r.Z, " z"}} {
		if f.is {
			status += f.word
		}
	}
	authority := r.Authority
	if soa := denial(authority); soa != "" {
		status, authority = status+" "+soa, nil
	}
	var version, size int
	var do bool
	if n, _ := fmt.Sscanf(r.OPT, "version %d size %d do %t", &version, &size, &do); n == 3 {
		status += fmt.Sprintf(" opt=%d", size)
		if do {
			status += " do"
		}
	}
	lines := append([]string{status}, records(r.Answer)...)
	if len(authority) > 0 {
		lines = append(append(lines, "authority:"), records(authority)...)
	}
	if len(r.Extra) > 0 {
		lines = append(append(lines, "additional:"), records(r.Extra)...)
	}
	return lines
}

// denial is the SOA of a denial in short, if it is one of the plugin's.
func denial(authority []dns.RR) string {
	if len(authority) != 1 {
		return ""
	}
	soa, ok := authority[0].(*dns.SOA)
	if !ok || soa.Ns != "ns.dns."+strings.TrimPrefix(soa.Hdr.Name, ".") {
		return ""
	}
	if soa.Hdr.Ttl == 5 && soa.Minttl == 5 {
		return "soa=" + soa.Hdr.Name
	}
	return fmt.Sprintf("soa=%s,ttl=%d,minimum=%d", soa.Hdr.Name, soa.Hdr.Ttl, soa.Minttl)
}

func records(rrs []dns.RR) (lines []string) {
	for _, rr := range rrs {
		text := strings.Join(strings.Fields(rr.String()), " ")
		if _, ok := rr.(*dns.SOA); ok {
			text = strings.Replace(text, " 0 ", " SERIAL ", 1) // see dialog.Read
		}
		lines = append(lines, text)
	}
	return lines
}
