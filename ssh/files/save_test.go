//go:build linux

package files_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func save(ctx context.Context, t *testing.T, fs fsys.FS, path, text string) files.Saved {
	t.Helper()
	saved, err := files.Save(ctx, fs, path, []byte(text))
	must(t, err)
	if saved.Entry.Size != int64(len(text)) {
		t.Errorf("got %+v", saved)
	}
	return saved
}

func wantNote(t *testing.T, note string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(note, word) {
			t.Errorf("%q does not say %q", note, word)
		}
	}
}

// same fails unless a file is the one that it was, with its mode and owner.
func same(t *testing.T, path string, before *syscall.Stat_t) {
	t.Helper()
	var after syscall.Stat_t
	must(t, syscall.Stat(path, &after))
	if after.Ino != before.Ino || after.Mode != before.Mode || after.Uid != before.Uid || after.Gid != before.Gid {
		t.Errorf("%s: now %d, mode %o, %d:%d; before %d, mode %o, %d:%d", path,
			after.Ino, after.Mode, after.Uid, after.Gid, before.Ino, before.Mode, before.Uid, before.Gid)
	}
}

func TestSavingKeepsAllNamesOfAFile(t *testing.T) {
	for name, way := range map[string]struct{ sftp, exec bool }{
		"SFTP": {true, true}, "SFTP without commands": {true, false}, "shell tools": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine(t)
			if !way.sftp {
				m.SFTP = nil
			}
			if !way.exec {
				m.Shell = nil
			}
			p := makeFile(t, "old text, longer than the new", m.Dir, "a $(b)\nconfig")
			must(t, os.Chmod(p, 0o640))
			if os.Geteuid() == 0 {
				must(t, os.Chown(p, 1234, 2345))
				must(t, syscall.Chmod(p, 0o4750)) // which a write may clear
			}
			must(t, os.Mkdir(m.Dir+"/other", 0o755))
			must(t, os.Link(p, m.Dir+"/other/name"))
			must(t, os.Symlink(filepath.Base(p), m.Dir+"/link"))
			var before syscall.Stat_t
			must(t, syscall.Stat(p, &before))
			ctx, fs := open(t, m)

			saved := save(ctx, t, fs, "link", "new")
			wantNote(t, saved.Note, "config", "2 names", "in place")
			wantContent(t, p, "new")
			wantContent(t, m.Dir+"/other/name", "new")
			same(t, p, &before)
			noParts(t, m.Dir)

			must(t, os.Remove(m.Dir+"/other/name"))
			saved = save(ctx, t, fs, "link", "newer")
			if saved.Note != "" {
				t.Errorf("a file of one name: %q", saved.Note)
			}
			wantContent(t, p, "newer")
			save(ctx, t, fs, "made anew", "first")
			wantContent(t, m.Dir+"/made anew", "first")
			noParts(t, m.Dir)
		})
	}
}

// unprivileged goes before commands that root's rights must not help.
func unprivileged(t *testing.T) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	setpriv, err := exec.LookPath("setpriv")
	must(t, err)
	return []string{setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"}
}

func TestSavingWhereNothingCanBePutBesideTheFile(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		m.Inside = unprivileged(t)
		p := makeFile(t, "old", m.Dir, "etc/config")
		must(t, os.Chmod(filepath.Dir(m.Dir), 0o755))
		must(t, os.Chmod(p, 0o666))
		must(t, os.Chmod(m.Dir+"/etc", 0o555))
		t.Cleanup(func() { _ = os.Chmod(m.Dir+"/etc", 0o755) })
		var before syscall.Stat_t
		must(t, syscall.Stat(p, &before))
		ctx, fs := open(t, m)

		saved := save(ctx, t, fs, p, "new")
		wantNote(t, saved.Note, "config", "in place")
		wantContent(t, p, "new")
		same(t, p, &before)

		must(t, os.Chmod(p, 0o444))
		if os.Geteuid() == 0 {
			must(t, os.Chown(p, 0, 0))
		}
		_, err := files.Save(ctx, fs, p, []byte("newer"))
		wantCode(t, "the file itself may not be written", err, wire.CodePermission)
		wantContent(t, p, "new")
	})
}

// As containers do with /etc/hosts: the name is busy, and what is in the file is not.
func TestSavingAFileThatIsMountedByItself(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		p := makeFile(t, "old", m.Dir, "hosts")
		inside := makeFile(t, "mounted", t.TempDir(), "content")
		m.Inside = fstest.Namespace(t, `mount --bind "$0" '`+p+"'", inside)
		ctx, fs := open(t, m)
		saved := save(ctx, t, fs, p, "new")
		wantNote(t, saved.Note, "hosts", "in place")
		wantContent(t, inside, "new")
		wantContent(t, p, "old") // outside of the mount
		noParts(t, m.Dir)
	})
}

func TestSavingAFileThatALimitNamesAlone(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		ctx, fs, home := cage(t, files.Limits{WritePaths: []string{"/open/file"}}, shell)
		saved := save(ctx, t, fs, home+"/open/file", "new")
		wantNote(t, saved.Note, "file", "in place")
		wantContent(t, home+"/open/file", "new")
		_, err := files.Save(ctx, fs, home+"/open/other", []byte("x"))
		wantCode(t, "another file", err, wire.CodeNotAllowed)
		noParts(t, home+"/open")
	})
}

// halfway fails when the file itself, not its copy, is written, after the first bytes.
type halfway struct {
	fsys.FS
	path     string
	noRename bool
}

func (h halfway) Links(context.Context, string) (int64, error) { return 2, nil }

func (h halfway) Write(ctx context.Context, p string, o fsys.WriteOptions) (fsys.Writer, error) {
	w, err := h.FS.Write(ctx, p, o)
	if err == nil && p == h.path {
		_, _ = w.Write([]byte("ne"))
		w = full{w}
	}
	return w, err
}

func (h halfway) Rename(ctx context.Context, from, to string, replace bool) error {
	if h.noRename {
		return &fsys.Error{Code: wire.CodeLost, Message: "The connection broke."}
	}
	return h.FS.Rename(ctx, from, to, replace)
}

func TestATextThatCannotBeWrittenInPlaceIsWholeAllTheSame(t *testing.T) {
	m := machine(t)
	p := makeFile(t, "old", m.Dir, "config")
	ctx, fs := open(t, m)
	saved := save(ctx, t, halfway{FS: fs, path: p}, "config", "new text")
	wantNote(t, saved.Note, "config", "replaced", "keep the old text")
	wantContent(t, p, "new text")
	noParts(t, m.Dir)

	_, err := files.Save(ctx, halfway{fs, p, true}, "config", []byte("newer text"))
	wantCode(t, "the copy cannot be taken for it either", err, wire.CodeNoSpace)
	parts, _ := filepath.Glob(p + ".part-*")
	if len(parts) != 1 {
		t.Fatalf("copies: %v", parts)
	}
	wantContent(t, parts[0], "newer text")
	wantNote(t, err.Error(), "full", filepath.Base(parts[0]))
}
