package snapshot

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// decoder reads the objects of a file, of which so many bytes are left. What a number in it says there is to come is held to
// what is left: it takes no more memory than a file of its length may hold. It belongs to one goroutine.
type decoder struct {
	r    *bufio.Reader
	left int64

	texts map[string]string        // each once, of those that many objects repeat
	ports map[string]cluster.Ports // likewise, by their bytes
	buf   []byte
}

var (
	errShort = errors.New("something ends before it should")
	errLong  = errors.New("something does not end where it should")
)

// picture reads all that is left, and the version behind it.
func (d *decoder) picture(p *Picture) error {
	d.texts, d.ports = map[string]string{}, map[string]cluster.Ports{}
	if d.left < 0 {
		return errShort
	}
	for d.left > 0 {
		k, err := d.kind()
		if err != nil {
			return err
		}
		if slices.Contains(p.Kinds, k) {
			return fmt.Errorf("%s: there are two lists of them", k)
		}
		p.Kinds = append(p.Kinds, k)
		if err := d.objects(k, p); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	var version [8]byte
	_, err := io.ReadFull(d.r, version[:])
	p.Version = binary.BigEndian.Uint64(version[:])
	return err
}

func (d *decoder) kind() (cluster.Kind, error) {
	b, err := d.ReadByte()
	if err != nil {
		return 0, err
	}
	if k := cluster.Kind(b); slices.Contains(cluster.Kinds(), k) {
		return k, nil
	}
	return 0, fmt.Errorf("kind %d of objects: nobody knows it", b)
}

// ReadByte implements io.ByteReader.
func (d *decoder) ReadByte() (byte, error) {
	if d.left == 0 {
		return 0, errShort
	}
	d.left--
	return d.r.ReadByte()
}

// shortest is how many bytes an object takes at least, its length among them: one that is only a name.
const shortest = 3

// objects reads all objects of the kind.
func (d *decoder) objects(k cluster.Kind, p *Picture) error {
	n, err := d.count(shortest)
	if err != nil {
		return err
	}
	p.Objects = slices.Grow(p.Objects, n)
	for range n {
		o, err := d.object(k)
		if err != nil {
			return err
		}
		p.Objects = append(p.Objects, o)
	}
	return nil
}

// count reads how many things are to come, each of which takes so many bytes at least.
func (d *decoder) count(least int64) (int, error) {
	n, err := binary.ReadUvarint(d)
	if err != nil {
		return 0, err
	}
	if n > uint64(d.left/least) {
		return 0, errShort
	}
	return int(n), nil
}

// object reads an object of the kind.
func (d *decoder) object(k cluster.Kind) (cluster.Object, error) {
	n, err := d.count(1)
	if err != nil {
		return nil, err
	}
	d.buf = slices.Grow(d.buf[:0], n)[:n]
	if _, err := io.ReadFull(d.r, d.buf); err != nil {
		return nil, err
	}
	d.left -= int64(n)
	b := &body{d: d, rest: d.buf}
	o := b.object(k)
	switch {
	case b.short:
		return nil, errShort
	case len(b.rest) > 0:
		return nil, errLong
	}
	return o, cluster.Valid(o)
}
