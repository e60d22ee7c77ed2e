package answer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestPointerFits: a PTR record by SetPointer goes to every client, whatever is said beside it.
func TestPointerFits(t *testing.T) {
	for _, e := range []*EDE{nil, NotReady, Stale, StaleDenial} {
		if e != nil && len(e.Text) > maxText {
			t.Fatalf("text %q: got %d bytes, want at most %d", e.Text, len(e.Text), maxText)
		}
		for n := 150; n < maxName; n++ {
			request := new(dns.Msg).SetQuestion(strings.Repeat("1.", 100)+"ip6.arpa.", dns.TypePTR)
			request.SetEdns0(512, false)
			q := new(Query)
			if err := q.SetMsg(request, false); err != nil {
				t.Fatal(err)
			}
			setZone(q, 2)
			r := &Reply{Extended: e}
			if !r.SetPointer(q, appendText(nil, strings.Repeat("a.", n/2-1)+strings.Repeat("b", 1+n%2)+".")) {
				continue
			}
			checkExits(t, fmt.Sprint(n, " bytes beside ", e), r, q, request)
			if c := r.fit(q); c.answers != 1 || c.truncated {
				t.Errorf("%d bytes beside %v: got %+v, want the record", n, e, c)
			}
		}
	}
}
