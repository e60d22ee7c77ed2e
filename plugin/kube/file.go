package kube

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is a manifest file.
type file struct {
	path     string
	root     string      // the path as given that it was found under
	stamp    fs.FileInfo // when it was last read; nil if it must be read again
	sum      [32]byte    // of its newest content
	contents *contents   // its newest content that was whole; nil if none was
	err      error       // why its newest content is not served
}

// scan finds the files, and reads those that are new or changed. It watches folders before it looks into them,
// so that what changes meanwhile is told of. The errors were not returned before.
func (m *Manifests) scan(watch *folders) (changed bool, errs []error) {
	watch.begin()
	defer watch.end()
	seen := map[string]bool{}
	failed := map[string]bool{} // paths as given below which not all was found
	for _, root := range m.paths {
		found, err := find(root, watch)
		gone := errors.Is(err, fs.ErrNotExist)
		failed[root] = err != nil && !gone
		if err != nil && !m.unread[root] {
			errs = append(errs, err)
		}
		m.unread[root] = err != nil
		for _, path := range found {
			if seen[path] {
				continue
			}
			seen[path] = true
			if m.files[path] == nil {
				m.files[path] = &file{path: path, root: root}
			}
		}
	}
	for path, f := range m.files {
		if !seen[path] && !failed[f.root] {
			delete(m.files, path)
			changed = true
		}
	}
	for _, f := range m.sorted() {
		if !seen[f.path] {
			continue
		}
		fresh, err := f.read(m.options, m.trimmer)
		changed = changed || fresh
		if err != nil {
			errs = append(errs, err)
		}
		if fresh {
			for _, err := range f.contents.unnamed {
				m.options.report(fmt.Errorf("manifests: %s:%w", f.path, err))
			}
		}
	}
	return changed, errs
}

// sorted lists the files in the order of their paths.
func (m *Manifests) sorted() []*file {
	list := make([]*file, 0, len(m.files))
	for _, f := range m.files {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	return list
}

// find lists the manifest files of a path: itself, or what is in and below it. Hidden files and folders are left
// out: editors' and version control's, and those that a mounted ConfigMap keeps its versions in.
func find(root string, watch *folders) ([]string, error) {
	watch.only(root)
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		watch.link(root)
		return []string{root}, nil
	}
	var files []string
	var walk func(folder string) error
	walk = func(folder string) error {
		watch.all(folder)
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if strings.HasPrefix(e.Name(), ".") {
				continue
			}
			if e.IsDir() {
				if err := walk(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				continue
			}
			if !manifest(e.Name()) {
				continue
			}
			if e.Type()&fs.ModeSymlink != 0 {
				watch.link(path)
			}
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				files = append(files, path)
			}
		}
		return nil
	}
	return files, walk(root)
}

// manifest reports whether a file of this name in a folder is one.
func manifest(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// read reads the file if it may have changed. It returns whether what is served of it changed, and why it is
// not served if that was not returned before.
func (f *file) read(o Options, t *trimmer) (changed bool, err error) {
	info, err := os.Stat(f.path)
	if err == nil && f.unchanged(info) {
		return false, nil
	}
	var data []byte
	if err == nil {
		data, err = slurp(f.path, info)
	}
	f.stamp = nil
	if err != nil {
		f.sum = [32]byte{} // whatever is there later is new
		known := f.err != nil && f.err.Error() == err.Error()
		f.err = err
		if known {
			err = nil
		}
		return false, err
	}
	if time.Since(info.ModTime()) > stampTrustworthy {
		f.stamp = info
	}
	sum := sha256.Sum256(data)
	if sum == f.sum {
		return false, nil // read before, whatever came of it
	}
	f.sum = sum
	c, err := readContents(data, o, t)
	if err != nil {
		f.err = fmt.Errorf("%s:%w", f.path, err)
		return false, f.err
	}
	f.contents, f.err = c, nil
	return true, nil
}

// unchanged reports whether a file looks like it did when it was last read.
func (f *file) unchanged(info fs.FileInfo) bool {
	return f.stamp != nil && os.SameFile(f.stamp, info) &&
		f.stamp.Size() == info.Size() && f.stamp.ModTime().Equal(info.ModTime())
}

// slurp reads a file that is a file, and not too long.
func slurp(path string, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a file or a folder", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), longestFile) + bytes.MinRead))
	if _, err := data.ReadFrom(io.LimitReader(f, longestFile+1)); err != nil {
		return nil, err
	}
	if data.Len() > longestFile {
		return nil, fmt.Errorf("%s: longer than %d MiB", path, longestFile>>20)
	}
	return data.Bytes(), nil
}
