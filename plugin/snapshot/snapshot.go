// Package snapshot keeps what is known of a cluster in a file, so that a server that starts while the API server is out of
// reach has something to say.
//
//	cluster.State ──objects──▶ File.Save ──▶ FILE ──▶ File.Load ──▶ Picture ──▶ cluster.State
//
// The file is one row of bytes: a header, the objects kind by kind, each with its length in front, the version of the cluster, and
// a SHA-256 of all before it. It is replaced as a whole, and whatever happens meanwhile, what is under its name is an old file or a new one. Whoever
// loads it takes all of it or nothing.
package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kubenames/kubenames/plugin/cluster"
)

// Identity tells sources apart: where the objects come from, and what of them is kept.
type Identity [sha256.Size]byte

// File is where pictures of one source are kept. Any goroutine may load; one at a time may save.
type File struct {
	Path   string
	Source Identity
	MaxAge time.Duration // a picture that is older is not loaded
}

// Picture is what a file holds.
type Picture struct {
	Alive   time.Time // when the source was last heard of
	Version uint64    // of the cluster, as in a cluster.Change
	Kinds   []cluster.Kind
	Objects []cluster.Object
}

// The header: what the file is, its version, and what there is to know before one reads on. A file of another version is
// none that this package can read: whoever changes what is written changes the version.
const (
	magic       = "kubenames"
	version     = 1
	headerBytes = len(magic) + 1 + len(Identity{}) + 8
	tailBytes   = 8 + sha256.Size
)

// longest is how long a file may be: what thirty times the largest clusters take.
const longest = 1 << 30

// ahead is how far in the future a picture may be of, by a clock that was set meanwhile: what is of later has no age.
const ahead = time.Minute

// Known is what is known of a cluster, which may change meanwhile.
type Known interface {
	// Objects is all objects of a kind.
	Objects(cluster.Kind) []cluster.Object
	// Version is the greatest of the cluster that any of the objects so far can be of.
	Version() uint64
}

// Save replaces the file by a picture of what is known of the kinds, which was last heard of then. It asks for the objects of
// one kind at a time, so they need not be of one moment: a picture is confirmed object by object.
func (f *File) Save(alive time.Time, kinds []cluster.Kind, known Known) error {
	return replace(f.Path, func(w io.Writer) error { return f.write(w, alive, kinds, known) })
}

func (f *File) write(w io.Writer, alive time.Time, kinds []cluster.Kind, known Known) error {
	sum := sha256.New()
	b := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	head := append(make([]byte, 0, headerBytes), magic...)
	head = append(append(head, version), f.Source[:]...)
	head = binary.BigEndian.AppendUint64(head, uint64(alive.UnixNano()))
	b.Write(head) // errors stay until the flush
	var one, length []byte
	for _, k := range kinds {
		all := known.Objects(k)
		b.Write(binary.AppendUvarint([]byte{byte(k)}, uint64(len(all))))
		for _, o := range all {
			one = appendObject(one[:0], o)
			length = binary.AppendUvarint(length[:0], uint64(len(one)))
			b.Write(length)
			if _, err := b.Write(one); err != nil {
				return err
			}
		}
	}
	b.Write(binary.BigEndian.AppendUint64(nil, known.Version()))
	if err := b.Flush(); err != nil {
		return err
	}
	_, err := w.Write(sum.Sum(nil))
	return err
}

// Load is the picture in the file. Errors say why there is none that could be served: fs.ErrNotExist if there is no file.
func (f *File) Load(now time.Time) (*Picture, error) {
	info, err := os.Stat(f.Path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: not a file", f.Path) // one that is none may never end
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := f.read(file, info.Size(), now)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Path, err)
	}
	return p, nil
}

// read reads a file of that many bytes, twice: nothing is made of bytes that are not those that were written.
func (f *File) read(r io.ReadSeeker, size int64, now time.Time) (*Picture, error) {
	head := make([]byte, headerBytes)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(magic)]) != magic {
		return nil, errors.New("not a snapshot")
	}
	rest := head[len(magic):]
	if rest[0] != version {
		return nil, fmt.Errorf("version %d of snapshots: want %d", rest[0], version)
	}
	if size > longest {
		return nil, fmt.Errorf("%d bytes: want at most %d", size, longest)
	}
	if err := check(r, size-sha256.Size); err != nil {
		return nil, err
	}
	rest = rest[1:]
	if !bytes.Equal(rest[:len(f.Source)], f.Source[:]) {
		return nil, errors.New("of another cluster, or of other options")
	}
	rest = rest[len(f.Source):]
	p := &Picture{Alive: time.Unix(0, int64(binary.BigEndian.Uint64(rest)))}
	switch age := now.Sub(p.Alive); {
	case age > f.MaxAge:
		return nil, fmt.Errorf("%s old: want at most %s", age.Round(time.Second), f.MaxAge)
	case age < -ahead:
		return nil, fmt.Errorf("of %s, which is to come", p.Alive.UTC().Format(time.RFC3339))
	}
	if _, err := r.Seek(int64(headerBytes), io.SeekStart); err != nil {
		return nil, err
	}
	d := &decoder{r: bufio.NewReaderSize(r, 1<<16), left: size - int64(headerBytes) - tailBytes}
	if err := d.picture(p); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	return p, nil
}

// check holds so many bytes to the sum behind them.
func check(r io.ReadSeeker, size int64) error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum, want := sha256.New(), make([]byte, sha256.Size)
	if _, err := io.CopyN(sum, r, size); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	if _, err := io.ReadFull(r, want); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return errors.New("damaged: its bytes are not those that were written")
	}
	return nil
}
