package cluster

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A table is what a map is, whatever happens.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var table table[*Pod]
	truth, marked := map[Key]*Pod{}, map[Key]bool{}
	check := func() {
		t.Helper()
		n := 0
		for p := range table.all() {
			n++
			if truth[Key{p.Namespace, p.Name, false}] != p {
				t.Fatalf("got %v", p.Ref())
			}
		}
		if n != len(truth) || table.len != n {
			t.Fatalf("got %d objects and length %d, want %d", n, table.len, len(truth))
		}
		rest := table.unmarked()
		for _, r := range rest {
			if k := (Key{r.Namespace, r.Name, false}); marked[k] || truth[k] == nil {
				t.Fatalf("%v is not marked, or not there", k)
			}
		}
		if got, want := len(rest), len(truth)-len(marked); got != want {
			t.Fatalf("got %d without a mark, want %d", got, want)
		}
		for i, b := range table.buckets {
			if len(b.tags) != len(b.objects) || cap(b.objects) > len(b.objects)+3*bucketStep {
				t.Fatalf("bucket %d: %d tags of %d objects, room for %d", i, len(b.tags), len(b.objects), cap(b.objects))
			}
		}
		if most := 1 + 2*len(truth)/bucketFill; len(table.buckets) > most {
			t.Fatalf("got %d buckets for %d objects, want at most %d", len(table.buckets), len(truth), most)
		}
	}
	for step := range 100_000 {
		k := Key{Namespace: fmt.Sprint("ns", r.IntN(3)), Name: fmt.Sprint("p", r.IntN(4000))}
		puts := 7 // of ten: it grows, and then shrinks, again and again
		if step/10_000%2 == 1 {
			puts = 2
		}
		switch {
		case r.IntN(20) == 0:
			table.mark(k.Namespace, k.Name)
			if truth[k] != nil {
				marked[k] = true
			}
		case r.IntN(10) < puts:
			p := &Pod{Namespace: k.Namespace, Name: k.Name}
			table.put(p)
			truth[k] = p
		default:
			table.remove(k.Namespace, k.Name)
			delete(truth, k)
			delete(marked, k)
		}
		if got := table.get(k.Namespace, k.Name); got != truth[k] {
			t.Fatalf("%v: got %v, want %v", k, got, truth[k])
		}
		if step%1000 == 0 {
			check()
		}
		if step%25_000 == 0 {
			table.unmark()
			clear(marked)
		}
	}
	for k := range truth {
		table.remove(k.Namespace, k.Name)
	}
	clear(truth)
	clear(marked)
	check()
	if len(table.buckets) > 1 {
		t.Errorf("an empty table has %d buckets", len(table.buckets))
	}
}

// No step of a table waits for all that is in it: a bucket has some dozens of objects, however many there are.
func TestTableBuckets(t *testing.T) {
	var table table[*Pod]
	most, room := 0, 0
	for i := range 100_000 {
		table.put(&Pod{Namespace: fmt.Sprint("ns", i%50), Name: fmt.Sprint("p", i)})
	}
	for _, b := range table.buckets {
		most, room = max(most, len(b.objects)), room+cap(b.objects)
	}
	if room > 120_000 {
		t.Errorf("there is room for %d objects, want at most 120,000", room)
	}
	if most > 5*bucketFill {
		t.Errorf("a bucket has %d objects, want at most %d", most, 5*bucketFill)
	}
	if got, want := len(table.buckets), 100_000/bucketFill; got < want || got > want+1 {
		t.Errorf("got %d buckets, want %d", got, want)
	}
}

// Room that was made is enough, and not much more.
func TestTableReserve(t *testing.T) {
	for _, n := range []int{0, 1, 47, 48, 49, 1000, 50_000, 70_000} {
		var table table[*Pod]
		table.reserve(n)
		before, room := len(table.buckets), 0
		for i := range n {
			table.put(&Pod{Name: fmt.Sprint("p", i)})
		}
		for _, b := range table.buckets {
			room += cap(b.objects)
		}
		if len(table.buckets) != before || table.len != n || room > n+n/4+2*bucketStep {
			t.Errorf("%d objects: got %d buckets and then %d, with room for %d", n, before, len(table.buckets), room)
		}
		for i := range n {
			if p := table.get("", fmt.Sprint("p", i)); p == nil {
				t.Fatalf("%d objects: %d is lost", n, i)
			}
		}
	}
}
