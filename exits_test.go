package kubenames

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/coredns/coredns/plugin"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
	"github.com/kubenames/kubenames/plugin/cluster"
	"github.com/kubenames/kubenames/plugin/kube"
	"github.com/kubenames/kubenames/plugin/zone"
)

// wire is the answer of the wire exit; nil if another than the zones of the handlers has a say.
func wire(handlers []*Kubenames, packet []byte, stream bool) (*dns.Msg, error) {
	q := new(answer.Query)
	if q.Read(packet, stream) != nil {
		return nil, nil // not for the wire exit
	}
	asked := new(dns.Msg)
	if err := asked.Unpack(packet); err != nil {
		return nil, err
	}
	qname := strings.ToLower(asked.Question[0].Name)
	var k *Kubenames
	longest := ""
	for _, h := range handlers {
		if z := plugin.Zones(h.zone.Origins()).Matches(qname); len(z) > len(longest) {
			k, longest = h, z
		}
	}
	if k == nil {
		return nil, nil
	}
	var reply answer.Reply
	outcome, chase := k.zone.Find(q, &reply)
	denied := outcome == zone.Absent || outcome == zone.EmptyReverse
	if outcome == zone.Elsewhere || chase.Target != "" || denied && k.fall.Through(qname) {
		return nil, nil
	}
	answered := reply.Append(nil, q)
	limit := dns.MaxMsgSize - 1
	if !stream {
		limit = max(dns.MinMsgSize, int(q.Size))
	}
	if len(answered) > limit {
		return nil, fmt.Errorf("%d bytes, want at most %d", len(answered), limit)
	}
	m := new(dns.Msg)
	return m, m.Unpack(answered)
}

// sameExits holds the answer that came through the server to the one of the wire exit, and returns the difference.
func sameExits(s *server, q question, m *dns.Msg) string {
	other, err := wire(s.handlers, q.packet, q.tcp)
	if err != nil {
		return "wire exit: " + err.Error()
	}
	if other == nil {
		return ""
	}
	if got, want := brief(other), brief(m); !slices.Equal(got, want) {
		return fmt.Sprintf("wire exit says\n\t%s\nand the server\n\t%s",
			strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	return ""
}

// brief is the message in lines; of one that is cut only the first line, for which records are left out takes turns.
func brief(m *dns.Msg) []string {
	lines := new(question).tell(m)
	if m.Truncated {
		return lines[:1]
	}
	return lines
}

// sameFromScratch asks the server's zones, and those of a server that was started only now, the same questions. All
// must be the same, the order of the records too. It returns the difference.
func sameFromScratch(s, fresh *server, asked []question) string {
	for _, q := range asked {
		a, errA := wire(s.handlers, q.packet, true)
		b, errB := wire(fresh.handlers, q.packet, true)
		if errA != nil || errB != nil {
			return fmt.Sprint(q.text, ": ", errA, ", ", errB)
		}
		if (a == nil) != (b == nil) {
			return q.text + ": only one of both can tell"
		}
		if a == nil {
			continue
		}
		exact := question{ordered: true}
		got, want := exact.tell(a), exact.tell(b)
		if a.Truncated && b.Truncated {
			got, want = brief(a), brief(b)
		}
		if !slices.Equal(got, want) {
			return fmt.Sprintf("%s: kept step by step\n\t%s\ncompiled afresh\n\t%s", q.text,
				strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
	return ""
}

// again asks a server that starts only now what was asked in the story.
func (s *script) again() {
	corefile, _ := s.read("Corefile")
	for _, st := range s.steps {
		if st.verb == "reload" {
			corefile, _ = s.read(st.args[0])
		}
	}
	shared := watching
	watching = &watches{all: map[kube.Key]*watch{}} // with the server's own there would be nothing to compare
	fresh, err := startServer(corefile)
	watching = shared
	if err != nil {
		s.Fatal(err)
	}
	for _, st := range s.lists {
		all, err := objectsIn(st.args[0])
		if err != nil {
			s.Fatal(err)
		}
		fresh.list(all, st.args[1:]...)
	}
	fresh.tell(slices.Collect(maps.Values(s.changes))...)
	if trouble := eventually(func() string { return sameFromScratch(s.server, fresh, s.asked) }); trouble != "" {
		s.Error(trouble)
	}
	if err := fresh.stop(); err != nil {
		s.Error(err)
	}
}

// told is a cluster.Sink that takes the first it is told of.
type told struct {
	all  []cluster.Object
	stop func()
}

// Apply implements cluster.Sink.
func (o *told) Apply(...cluster.Change) {}

// Replace implements cluster.Sink.
func (o *told) Replace(_ []cluster.Kind, all []cluster.Object, _ uint64) {
	o.all = all
	o.stop()
}

// changesIn is the objects of a manifest file as changes: they are there, or they are gone. A namespace that the file
// only implies is none of them.
func changesIn(file string, gone bool) ([]cluster.Change, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	implied := !bytes.Contains(text, []byte("kind: Namespace"))
	m, err := kube.NewManifests([]string{file}, kube.Options{Pods: true, PodNames: true, PodLabels: true, Outside: true})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	sink := &told{stop: stop}
	if err := m.Run(ctx, sink); err != nil {
		return nil, err
	}
	var changes []cluster.Change
	for _, o := range sink.all {
		switch r := o.Ref(); {
		case implied && r.Kind == cluster.KindNamespace:
		case gone:
			changes = append(changes, cluster.Gone(r))
		default:
			changes = append(changes, cluster.Put(o))
		}
	}
	return changes, nil
}
