package kube

import (
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// folders is what is watched for changes: folders, and single names in other folders. The zero value watches
// nothing. It is owned by who scans. Folders are known by the path that no link is part of, so that a link that
// leads elsewhere is another folder.
type folders struct {
	watcher *fsnotify.Watcher // nil: watch nothing
	whole   map[string]bool   // folders in which every change counts
	named   map[string]bool   // paths whose change counts
	wanted  map[string]bool   // folders to watch
}

// begin forgets what is wanted.
func (f *folders) begin() {
	f.whole, f.named, f.wanted = map[string]bool{}, map[string]bool{}, map[string]bool{}
}

// end stops to watch what is not wanted any more.
func (f *folders) end() {
	if f.watcher == nil {
		return
	}
	for _, folder := range f.watcher.WatchList() {
		if !f.wanted[folder] {
			_ = f.watcher.Remove(folder) // it may be gone, and the watch with it
		}
	}
}

// all makes every change in the folder count.
func (f *folders) all(folder string) {
	if real, ok := f.watch(folder); ok {
		f.whole[real] = true
	}
}

// only makes it count when the path comes, goes or is replaced.
func (f *folders) only(path string) {
	if real, ok := f.watch(filepath.Dir(path)); ok {
		f.named[filepath.Join(real, filepath.Base(path))] = true
	}
}

// link makes changes of the file that a link leads to count.
func (f *folders) link(path string) {
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		f.only(real)
	}
}

// watch watches a folder. One that cannot be watched is polled, like all of them.
func (f *folders) watch(folder string) (real string, ok bool) {
	if f.watcher == nil {
		return "", false
	}
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return "", false
	}
	if !f.wanted[real] {
		f.wanted[real] = true
		_ = f.watcher.Add(real)
	}
	return real, true
}

// counts reports whether an event may change what the files hold.
func (f *folders) counts(e fsnotify.Event) bool {
	name := filepath.Clean(e.Name) // "./file" in the folder "."
	return f.whole[filepath.Dir(name)] || f.whole[name] || f.named[name]
}
