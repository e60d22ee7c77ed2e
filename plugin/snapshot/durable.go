package snapshot

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// What a file that is being written is called: the file's name, something, and this.
const unfinished = ".unfinished"

// replace makes what is written the contents of the file. If it fails, or the machine does, the file is what it was. Nobody
// but the owner may read it.
func replace(path string, write func(io.Writer) error) (err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, filepath.Base(path)+".*"+unfinished) // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(f.Name())))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Sync() // before the rename: it may be on the disk before the bytes are
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes the names in the folder last.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Clean removes what was left behind by processes that ended while they saved the file.
func (f *File) Clean() error {
	folder, base := filepath.Dir(f.Path), filepath.Base(f.Path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return ignoreMissing(err)
	}
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, base+".") && strings.HasSuffix(n, unfinished) {
			err = errors.Join(err, ignoreMissing(os.Remove(filepath.Join(folder, n))))
		}
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
