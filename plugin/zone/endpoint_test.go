package zone

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/kubenames/kubenames/plugin/answer"
)

func TestDashed(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{"10.0.0.1", "10-0-0-1"},
		{"fd00::", "fd00--0"},
		{"2001:db8::", "2001-db8--0"},
		{"::1", "0--1"},
		{"::1:2", "0--1-2"},
		{"::", "0--0"},
		{"fd00::1:2", "fd00--1-2"},
		{"1:2:3:4:5:6:7:8", "1-2-3-4-5-6-7-8"},
		{"1:2:3:4:5:6:7:0", "1-2-3-4-5-6-7-0"},
		{"0:2:3:4:5:6:7:8", "0-2-3-4-5-6-7-8"},
	} {
		a := netip.MustParseAddr(c.addr)
		got := string(appendDashed([]byte("x"), a)[1:])
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.addr, got, c.want)
		}
		if back, ok := parseDashed([]byte(got)); !ok || back != a {
			t.Errorf("%s: got %v, %t, want %s", got, back, ok, c.addr)
		}
	}
}

func TestDashedRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		var ip [16]byte
		for i := range ip {
			if r.IntN(2) == 0 {
				ip[i] = byte(r.Uint32())
			}
		}
		a := netip.AddrFrom16(ip).Unmap()
		label := appendDashed(nil, a)
		if back, ok := parseDashed(label); !ok || back != a {
			t.Fatalf("%s: got %v, %t, want %v", label, back, ok, a)
		}
		if label[0] == '-' || label[len(label)-1] == '-' || len(label) > 63 {
			t.Fatalf("%s is no label", label)
		}
	}
}

// FuzzParseDashed compares with what netip makes of the text with its dashes replaced: three, none
// beside another, by dots, and else by colons.
func FuzzParseDashed(f *testing.F) {
	for _, s := range []string{"1-2-3-4", "01-2-3-4", "1-2-3-256", "--1", "fd00--", "--ffff-102-304", "1-2-3", "a", "--", "1-2-3-4-5-6-7-8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) == 0 || len(s) > 63 || strings.ContainsFunc(s, func(c rune) bool { return 'A' <= c && c <= 'Z' }) {
			return
		}
		sep := ":"
		if strings.Count(s, "-") == 3 && !strings.Contains(s, "--") {
			sep = "."
		}
		want, err := netip.ParseAddr(strings.ReplaceAll(s, "-", sep))
		ok := err == nil && !strings.ContainsAny(s, ".:%")
		got, gotOK := parseDashed([]byte(s))
		if gotOK != ok || ok && got != want.Unmap() {
			t.Fatalf("%q: got %v, %t, want %v, %t", s, got, gotOK, want, ok)
		}
	})
}

func TestReverseAddress(t *testing.T) {
	const v6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f"
	for _, c := range []struct {
		name    string
		nibbles uint8
		addr    string // "" if it is not a whole one
	}{
		{"1.0.0.10.in-addr.arpa.", 1, "10.0.0.1"},
		{"255.255.255.255.in-addr.arpa.", 1, "255.255.255.255"},
		{"0.0.10.in-addr.arpa.", 6, ""},
		{"10.in-addr.arpa.", 2, ""},
		{"in-addr.arpa.", 0, ""},
		{"01.0.0.10.in-addr.arpa.", 0, ""},
		{"256.0.0.10.in-addr.arpa.", 0, ""},
		{"x.0.0.10.in-addr.arpa.", 0, ""},
		{"1.1.0.0.10.in-addr.arpa.", 0, ""},
		{"0010.in-addr.arpa.", 0, ""},
		{"-1.in-addr.arpa.", 0, ""},
		{v6 + ".ip6.arpa.", 1, "fd00::1"},
		{strings.ToUpper(v6) + ".IP6.ARPA.", 1, "fd00::1"},
		{"0." + v6 + ".ip6.arpa.", 0, ""},
		{"0.0.0." + v6 + ".ip6.arpa.", 0, ""},
		{v6[2:] + ".ip6.arpa.", 31, ""},
		{"d.f.ip6.arpa.", 2, ""},
		{"g.d.f.ip6.arpa.", 0, ""},
		{"00.d.f.ip6.arpa.", 0, ""},
		{"f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", 24, ""},
		{"1.0.0.0.0.0.a.0.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", 0, ""}, // mapped: in the other tree
		{"1.0.0.10.example.arpa.", 0, ""},
		{"1.0.0.10.in-addr.example.", 0, ""},
		{"arpa.", 0, ""},
	} {
		var q answer.Query
		if err := q.SetName(c.name); err != nil {
			t.Fatal(err)
		}
		_, nibbles, a := reverseAddress(&q)
		got := ""
		if a.IsValid() {
			got = a.String()
		}
		if nibbles != c.nibbles || got != c.addr {
			t.Errorf("%s: got %d, %q, want %d, %q", c.name, nibbles, got, c.nibbles, c.addr)
		}
	}
}
