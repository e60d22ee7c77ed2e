package answer

import (
	"bytes"
	"testing"

	"github.com/miekg/dns"
)

// TestStamp asks sets again and again, in other spellings, of other lengths and in other zones: the answer is the one of a
// set that nobody has asked.
func TestStamp(t *testing.T) {
	stamped := 0
	for seed := range uint64(200) {
		r := newRandom(seed)
		set := r.services()
		names := []string{r.label(20) + ".svc.cluster.local.", r.label(20) + ".svc.cluster.local.", r.label(5) + ".svc.other.local."}
		for range 12 {
			q := &Query{Class: dns.ClassINET, Type: dns.TypeSRV, Stream: r.IntN(2) == 0, EDNS: r.IntN(2) == 0, Size: 1232}
			if err := q.SetName(r.mixed(names[r.IntN(len(names))])); err != nil {
				t.Fatal(err)
			}
			setZone(q, 2-r.IntN(2))
			fresh := Services(set.ttl, set.rel.Rel, set.srv, set.glue)
			reply, want := &Reply{Set: set}, &Reply{Set: fresh}
			got := reply.Append(nil, q)
			if want := want.Append(nil, q); !bytes.Equal(got, want) {
				t.Fatalf("seed %d: %s: got\n%x\nwant\n%x", seed, q.spelled(), got, want)
			}
			if s := set.stamp.Load(); s != nil && s != asked {
				stamped++
			}
		}
	}
	if stamped < 500 {
		t.Errorf("%d questions to a set with a stamp, want more", stamped)
	}
}
