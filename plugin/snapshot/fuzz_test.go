package snapshot

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// FuzzRead holds what a file may do to us whose sum is right: nothing worse than an error. What is loaded keeps what package
// cluster promises, and is the same when it is saved again.
func FuzzRead(f *testing.F) {
	whole, err := os.ReadFile(saved(f, sample()).Path)
	if err != nil {
		f.Fatal(err)
	}
	body := whole[headerBytes : len(whole)-tailBytes]
	head := bytes.Clone(whole[:headerBytes])
	f.Add(body)
	f.Add(body[:len(body)/2])
	f.Add([]byte{byte(cluster.KindNamespace), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	file := &File{Source: source, MaxAge: 1 << 62}
	f.Fuzz(func(t *testing.T, body []byte) {
		all := resealed(append(append(bytes.Clone(head), body...), make([]byte, tailBytes)...), func(b []byte) []byte { return b })
		p, err := file.read(bytes.NewReader(all), int64(len(all)), now)
		if err != nil {
			return
		}
		for _, o := range p.Objects {
			if err := cluster.Valid(o); err != nil {
				t.Error(err)
			}
		}
		cluster.NewState().Replace(p.Kinds, p.Objects, p.Version)
		var again bytes.Buffer
		if err := file.write(&again, p.Alive, p.Kinds, sampled{p.Objects, p.Version}); err != nil {
			t.Fatal(err)
		}
		q, err := file.read(bytes.NewReader(again.Bytes()), int64(again.Len()), now)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p, q) {
			t.Errorf("saved again: got %v, want %v", q, p)
		}
	})
}
