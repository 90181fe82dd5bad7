//go:build linux

package fstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Suite is a backend under test, whose device is this machine.
type Suite struct {
	FS fsys.FS
	// NoHash and NoSpace: the device has no means for it.
	NoHash, NoSpace bool
	// NoReadLink: a link is seen, and only the plainest of what it leads to.
	NoReadLink bool
	// AppendOnly: a file is written from its beginning or its end.
	AppendOnly bool
	// MinuteTimes: the device tells no seconds.
	MinuteTimes bool
	// NoLinkDetails: what SFTP's listing leaves out, the target of a link, is asked for by
	// ReadLink.
	NoLinkDetails bool
	// Mounted opens another FS of the device whose programs all begin with enter; nil where
	// that cannot be: then no disk of it can be full.
	Mounted func(t *testing.T, enter []string) fsys.FS
}

// Run runs all claims, each in a directory of its own.
func Run(t *testing.T, s Suite) {
	claims := map[string]func(*scene){
		"a listing has every name and what it is": (*scene).listing,
		"an empty directory lists nothing":        (*scene).emptyDirectory,
		"a thousand entries":                      (*scene).thousand,
		"what is no directory is not listed":      (*scene).listErrors,
		"stat of every kind":                      (*scene).stat,
		"links":                                   (*scene).links,
		"real paths":                              (*scene).realPaths,
		"any range of a file":                     (*scene).ranges,
		"empty file":                              (*scene).emptyFile,
		"only files are read":                     (*scene).onlyFiles,
		"files of /proc":                          (*scene).proc,
		"a bounded part of an endless device":     (*scene).endless,
		"sparse file":                             (*scene).sparse,
		"writing makes, empties and goes on":      (*scene).writes,
		"a new file replaces nothing":             (*scene).writeNew,
		"modes of what is written":                (*scene).writeModes,
		"where nothing can be written":            (*scene).writeErrors,
		"directories":                             (*scene).directories,
		"renames":                                 (*scene).renames,
		"removal":                                 (*scene).removal,
		"attributes":                              (*scene).attributes,
		"truncate":                                (*scene).truncate,
		"space and hash":                          (*scene).spaceAndHash,
		"long names and paths":                    (*scene).long,
		"a path with NUL":                         (*scene).nul,
		"cancelled":                               (*scene).cancelled,
		"several at once":                         (*scene).several,
	}
	if s.Mounted != nil {
		claims["a full disk keeps the part, and it goes on"] = (*scene).fullDisk
		claims["a disk without room for another file"] = (*scene).noMoreFiles
		claims["a read-only disk"] = (*scene).readOnlyDisk
	}
	for name, claim := range claims {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			t.Cleanup(cancel)
			claim(&scene{T: t, Suite: s, ctx: ctx, dir: dir})
		})
	}
}

// Names are those that break what was not made with care.
var Names = []string{
	"plain.txt", "with space", " leading and trailing ", "-rf", "--help", "quote's \"double\" `back`", "$(touch evil)", "a;b&c|d>e<f",
	"line\nfeed", "\n", "ends with\n", "a -> b", "tab\tand\x1b[31mred", "\x7f", "back\\slash", "*", "?", "[a]", "~", "#", "%s%n%d", "..hidden", ".hidden", "...",
	"grüß dich", "日本語", "\xff\xfe\x80", "\x81\x82\x83\x84\x85\x86\x87\x88", "half\xc3", "{}", "!history", "CON", "a:b", "name\r",
	strings.Repeat("n", 255), "./evil/81a4/0/0/0/0/root/root/"[2:6], "\uef80",
}

// loopCodes: not every device tells a loop from other failures.
var loopCodes = []wire.ErrorCode{wire.CodeLinkLoop, wire.CodeFileFailed, wire.CodeNotFound}

// scene is one claim being tried.
type scene struct {
	*testing.T
	Suite
	ctx context.Context //nolint:containedctx // of one test
	dir string
}

func (s *scene) path(name string) string { return s.dir + "/" + name }

// must ends the test when a preparation failed.
func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) file(name, content string) string {
	s.Helper()
	s.must(os.WriteFile(s.path(name), []byte(content), 0o600))
	return s.path(name)
}

// wantCode checks that an error is an *fsys.Error with one of the codes and a sentence.
func (s *scene) wantCode(err error, what string, codes ...wire.ErrorCode) {
	s.Helper()
	var e *fsys.Error
	if !errors.As(err, &e) {
		s.Errorf("%s: got error %v, want code %v", what, err, codes)
		return
	}
	if !slices.Contains(codes, e.Code) {
		s.Errorf("%s: got code %q (%v), want %v", what, e.Code, e, codes)
	}
	if !strings.HasSuffix(e.Message, ".") {
		s.Errorf("%s: %q is no sentence", what, e.Message)
	}
}

func (s *scene) list(path string) map[string]fsys.Entry {
	s.Helper()
	entries, err := List(s.ctx, s.FS, path)
	if err != nil {
		s.Errorf("list %q: %v", path, err)
	}
	return entries
}

// List gathers a listing by name; a name that comes twice is an error.
func List(ctx context.Context, fs fsys.FS, path string) (map[string]fsys.Entry, error) {
	entries := make(map[string]fsys.Entry)
	err := fs.List(ctx, path, func(batch []fsys.Entry) error {
		for _, e := range batch {
			if _, twice := entries[e.Name]; twice {
				return errors.New("twice: " + e.Name)
			}
			entries[e.Name] = e
		}
		return nil
	})
	return entries, err
}

// Read reads a range whole.
func Read(ctx context.Context, fs fsys.FS, path string, o fsys.ReadOptions) ([]byte, error) {
	r, err := fs.Read(ctx, path, o)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return data, err
}

// Write writes data whole.
func Write(ctx context.Context, fs fsys.FS, path string, o fsys.WriteOptions, data []byte) error {
	w, err := fs.Write(ctx, path, o)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, bytes.NewReader(data))
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	return err
}
