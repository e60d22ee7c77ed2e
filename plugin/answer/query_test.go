package answer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestLabels(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 64, 126, 127} {
		q := new(Query)
		text := strings.Repeat("A.", n)
		if n == 0 {
			text = "."
		}
		if err := q.SetName(text); err != nil {
			t.Fatal(err)
		}
		if got := q.Labels(); got != n {
			t.Errorf("%d labels: got %d", n, got)
		}
		for i := range n {
			if got := string(q.Label(i)); got != "a" {
				t.Errorf("label %d of %d: got %q, want a", i, n, got)
			}
		}
		for i := 0; i <= n; i += 1 + n/9 {
			for j := i; j <= n; j += 1 + n/7 {
				if got, want := string(q.Wire(i, j)), strings.Repeat("\x01a", j-i); got != want {
					t.Errorf("Wire(%d, %d) of %d: got %q, want %q", i, j, n, got, want)
				}
			}
			setZone(q, i)
			if got, want := dns.CountLabel(q.suffix()), i; got != want {
				t.Errorf("zone of %d labels of %d: got %d in %q", i, n, got, q.suffix())
			}
		}
	}
}

func TestSetName(t *testing.T) {
	for _, c := range []struct {
		text   string
		labels []string // nil: it is no name
		suffix string   // of one label
	}{
		{"Web.Svc.", []string{"web", "svc"}, "Svc."},
		{`a\.b.svc.`, []string{"a.b", "svc"}, "svc."},
		{`\000\255.svc.`, []string{"\x00\xff", "svc"}, "svc."},
		{`\065.SVC.`, []string{"a", "svc"}, "SVC."},
		{`web.\115vc.`, []string{"web", "svc"}, "svc."},
		{`web.a\.b.`, []string{"web", "a.b"}, `a\.b.`},
		{".", []string{}, ""},
		{"", nil, ""},
		{"web", nil, ""},
		{"web..svc.", nil, ""},
		{".svc.", nil, ""},
		{strings.Repeat("a", 64) + ".", nil, ""},
		{strings.Repeat("a.", 128), nil, ""},
		{strings.Repeat("a.", 127), strings.Split(strings.Repeat("a", 127), ""), "a."},
	} {
		q := new(Query)
		for _, before := range []string{"a.rather.long.name.before.", "."} {
			if err := q.SetName(before); err != nil {
				t.Fatal(err)
			}
			err := q.SetName(c.text)
			if (err == nil) != (c.labels != nil) {
				t.Fatalf("%q: got error %v", c.text, err)
			}
			if err != nil {
				continue
			}
			var got []string
			for i := range q.Labels() {
				got = append(got, string(q.Label(i)))
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.labels) {
				t.Errorf("%q: got %q, want %q", c.text, got, c.labels)
			}
			if q.spelled() != c.text {
				t.Errorf("%q: got %q", c.text, q.spelled())
			}
			if len(c.labels) > 0 {
				setZone(q, 1)
				if got := q.suffix(); got != c.suffix {
					t.Errorf("%q: suffix: got %q, want %q", c.text, got, c.suffix)
				}
			}
		}
	}
}

// packet is a request for web.svc. A; edit changes its bytes.
func packet(edit func(b []byte) []byte) []byte {
	b := []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03web\x03svc\x00\x00\x01\x00\x01")
	return edit(b)
}

func opt(data string) func([]byte) []byte {
	return func(b []byte) []byte {
		b[11] = 1
		b = append(b, "\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00"...)
		return append(append(b, byte(len(data))), data...)
	}
}

func TestRead(t *testing.T) {
	set := func(i int, v byte) func([]byte) []byte {
		return func(b []byte) []byte { b[i] = v; return b }
	}
	for _, c := range []struct {
		name string
		edit func([]byte) []byte
		ok   bool
	}{
		{"a plain query", set(0, 1), true},
		{"checking disabled", set(3, 0x10), true},
		{"authentic data", set(3, 0x20), true},
		{"an OPT", opt(""), true},
		{"an OPT with an option", opt("\x00\x0a\x00\x08abcdefgh"), true},
		{"an option longer than its OPT", opt("\x00\x0a\x00\x09abcdefgh"), false},
		{"half an option", opt("\x00\x0a\x00"), false},
		{"OPT version 1", func(b []byte) []byte { b = opt("")(b); b[len(b)-5] = 1; return b }, false},
		{"an OPT not at the root", func(b []byte) []byte { b = opt("")(b); b[len(b)-11] = 1; return b }, false},
		{"an OPT and no count of it", func(b []byte) []byte { b = opt("")(b); b[11] = 0; return b }, false},
		{"a count of an OPT and none", set(11, 1), false},
		{"more after the OPT", func(b []byte) []byte { return append(opt("")(b), 0) }, false},
		{"more after the question", func(b []byte) []byte { return append(b, 0) }, false},
		{"a response", set(2, 0x80), false},
		{"a notify", set(2, 0x20), false},
		{"no question", set(5, 0), false},
		{"two questions", set(5, 2), false},
		{"an answer", set(7, 1), false},
		{"an authority", set(9, 1), false},
		{"two additional", set(11, 2), false},
		{"a pointer", set(12, 0xc0), false},
		{"a label too long", set(12, 64), false},
		{"a name without end", func(b []byte) []byte { return b[:len(b)-5] }, false},
		{"no type", func(b []byte) []byte { return b[:len(b)-4] }, false},
		{"half a class", func(b []byte) []byte { return b[:len(b)-1] }, false},
		{"half a header", func(b []byte) []byte { return b[:11] }, false},
		{"nothing", func([]byte) []byte { return nil }, false},
	} {
		q := new(Query)
		if err := q.Read(packet(c.edit), false); (err == nil) != c.ok {
			t.Errorf("%s: got %v, want ok: %t", c.name, err, c.ok)
		}
	}
}

func TestBudget(t *testing.T) {
	for _, c := range []struct {
		q    Query
		want int
	}{{Query{}, 512}, {Query{EDNS: true, Size: 100}, 512}, {Query{EDNS: true, Size: 1232}, 1232},
		{Query{EDNS: true, Size: 65535}, 65507}, {Query{Stream: true}, 65535}, {Query{Stream: true, EDNS: true, Size: 512}, 65535}} {
		if got := c.q.budget(); got != c.want {
			t.Errorf("got %d, want %d", got, c.want)
		}
	}
}

// FuzzRead gives Read any bytes. What it takes, the library takes, and finds the same in it; a reply to it is a message
// with the same question.
func FuzzRead(f *testing.F) {
	f.Add(packet(func(b []byte) []byte { return b }))
	f.Add(packet(opt("")))
	f.Add(packet(opt("\x00\x0a\x00\x08abcdefgh")))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		q, other, m := new(Query), new(Query), new(dns.Msg)
		if err := q.Read(b, false); err != nil {
			return
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the packet was changed")
		}
		if err := m.Unpack(b); err != nil {
			if q.Options {
				return // the library knows what each option holds
			}
			t.Fatal(err)
		}
		if err := other.SetMsg(m, false); err != nil {
			t.Fatal(err)
		}
		sameQuery(t, q, other)
		setZone(q, min(2, q.Labels()))
		soa := NewSOA("cluster.local.", 1, 5, 5)
		r := &Reply{SOA: &soa, Extended: NotReady}
		reply := new(dns.Msg)
		if err := reply.Unpack(r.Append(nil, q)); err != nil {
			t.Fatal(err)
		}
		if len(reply.Question) != 1 || reply.Question[0] != m.Question[0] || reply.Id != m.Id {
			t.Fatalf("got %v, want %v", reply.Question, m.Question)
		}
	})
}

// TestLowered: letters of ASCII and nothing else.
func TestLowered(t *testing.T) {
	for c := range 256 {
		want := byte(c)
		if 'A' <= want && want <= 'Z' {
			want += 'a' - 'A'
		}
		for shift := 0; shift < 64; shift += 8 {
			for _, beside := range []uint64{0, ^uint64(0xff << shift)} {
				if got := lowered(uint64(c)<<shift | beside&^(0xff<<shift)); byte(got>>shift) != want {
					t.Errorf("%x at %d: got %x", c, shift, got)
				}
			}
		}
	}
}

// TestTake: a name is copied only if it has letters in upper case, whatever else is in it.
func TestTake(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			name, q := bytes.Repeat([]byte{'a'}, 20), new(Query)
			name[at] = byte(c)
			q.take(name)
			upper := 'A' <= c && c <= 'Z'
			if copied := &q.lower[0] != &name[0]; copied != upper || !bytes.Equal(q.lower, bytes.ToLower(name)) && c < 0x80 {
				t.Errorf("%x at %d: copied: %t, lower case %q", c, at, copied, q.lower)
			}
		}
	}
}

// setZone makes the last n labels the zone.
func setZone(q *Query, n int) {
	at := q.length - 1
	if n > 0 {
		at = int(q.starts[q.labels-n])
	}
	q.SetZone(Suffix{string(q.lower[at:q.length]), n})
}
