package copying

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

// shellOnly is a device without SFTP, noHash one without a tool for SHA-256.
func shellOnly(m *fstest.Machine) { m.SFTP = nil }
func noHash(m *fstest.Machine)    { m.Shell = nil }

// cutting ends every channel of a device when that many bytes have passed, and counts them.
func cutting(budget int64, passed *atomic.Int64) func(*fstest.Machine) {
	left := &atomic.Int64{}
	left.Store(budget)
	return func(m *fstest.Machine) {
		m.Opened = func(channel fsys.Channel) fsys.Channel { return &cut{channel, left, passed} }
	}
}

type cut struct {
	fsys.Channel
	left, passed *atomic.Int64
}

var errCut = errors.New("the connection was cut")

// spend counts bytes; an error when there are no more.
func (c *cut) spend(n int) error {
	c.passed.Add(int64(n))
	if c.left.Add(-int64(n)) < 0 {
		_ = c.Close() // the error tells
		return errCut
	}
	return nil
}

func (c *cut) Write(p []byte) (int, error) {
	if err := c.spend(len(p)); err != nil {
		return 0, err
	}
	return c.Channel.Write(p)
}

func (c *cut) Stdout() io.Reader { return cutReader{c} }

func (c *cut) Wait(ctx context.Context) (int, error) {
	if c.left.Load() < 0 {
		return -1, errCut
	}
	return c.Channel.Wait(ctx)
}

type cutReader struct{ c *cut }

func (r cutReader) Read(p []byte) (int, error) {
	n, err := r.c.Channel.Stdout().Read(p)
	if cerr := r.c.spend(n); cerr != nil {
		return 0, cerr
	}
	return n, err
}

// plant makes files of every size, the largest of them as told, and gives their bytes.
func plant(t *testing.T, root string, largest int) (bytes int64) {
	t.Helper()
	r := rand.NewChaCha8([32]byte{})
	for name, size := range map[string]int{"a/large": largest, "a/b/middle": 700_000, "empty": 0, "z": 900_000, "l/one": 1} {
		data := make([]byte, size)
		_, _ = r.Read(data) // never fails
		write(t, filepath.Join(root, name), string(data))
		bytes += int64(size)
	}
	for i := range 40 {
		write(t, filepath.Join(root, "small", strings.Repeat("n", i+1)), strings.Repeat(string(rune('a'+i%26)), 5000))
		bytes += 5000
	}
	return bytes
}

func TestATreeThatWasCutGoesOnAndLittleComesTwice(t *testing.T) {
	const parts, window = 6, 2 << 20 // what may be under way, and is lost by a cut
	for name, change := range map[string]func(*fstest.Machine){"sftp": nil, "shell": shellOnly} {
		for _, up := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " up", false: " down"}[up], func(t *testing.T) {
				from, to := filepath.Join(t.TempDir(), "tree"), filepath.Join(t.TempDir(), "copy")
				size := plant(t, from, 20<<20)
				var passed atomic.Int64
				cuts := 0
				for {
					c, _, notes := device(t, func(m *fstest.Machine) {
						if change != nil {
							change(m)
						}
						cutting(size/parts, &passed)(m)
					})
					c.Recursive, c.Resume = true, true
					var err error
					if up {
						err = c.Upload(t.Context(), from, to)
					} else {
						err = c.Download(t.Context(), from, to)
					}
					if err == nil {
						break
					}
					if _, lerr := os.Lstat(to); lerr == nil {
						t.Fatal("a tree that is not whole has its name")
					}
					if fault.Of(err) == fault.Files || fault.Of(err) == fault.Local {
						t.Fatalf("a cut is told as %v; %s", err, notes)
					}
					if cuts++; cuts > 4*parts {
						t.Fatalf("no end after %d cuts: %v; %s", cuts, err, notes)
					}
				}
				if cuts < parts/2 {
					t.Errorf("only %d cuts", cuts)
				}
				if got, want := describe(t, to, false), describe(t, from, false); got != want {
					t.Errorf("arrived as\n%s\nwas\n%s", got, want)
				}
				if more, most := passed.Load()-size, int64(cuts+1)*window; more > most {
					t.Errorf("%d bytes passed more than the %d of the files, over %d cuts; want at most %d", more, size, cuts, most)
				}
				t.Logf("%d cuts, %d bytes passed for %d", cuts, passed.Load(), size)
				if left := partsBelow(t, filepath.Dir(to)); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}

// partsBelow are part files below a folder.
func partsBelow(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), ".part-") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsThereAndTheSameDoesNotComeAgain(t *testing.T) {
	for name, change := range map[string]func(*fstest.Machine){"by hash": nil, "by size and end": noHash} {
		for _, up := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " up", false: " down"}[up], func(t *testing.T) {
				c, _, notes := device(t, change)
				meter := &moved{}
				c.Recursive, c.Resume, c.Meter = true, true, meter
				from, to := filepath.Join(t.TempDir(), "tree"), t.TempDir()
				size := plant(t, from, 3<<20)
				copyOnce := func() {
					t.Helper()
					var err error
					if up {
						err = c.Upload(t.Context(), from, to)
					} else {
						err = c.Download(t.Context(), from, to)
					}
					if err != nil {
						t.Fatalf("%v; %s", err, notes)
					}
				}
				copyOnce()
				if n := meter.bytes.Swap(0); n != size {
					t.Errorf("%d bytes moved at first, want %d", n, size)
				}
				// Of the same size, and different at the end: that alone comes again.
				text := []byte(content(t, filepath.Join(from, "z")))
				text[len(text)-1]++
				write(t, filepath.Join(from, "z"), string(text))
				copyOnce()
				if n := meter.bytes.Load(); n != int64(len(text)) {
					t.Errorf("%d bytes moved again, want the %d of the file that changed", n, len(text))
				}
				if content(t, filepath.Join(to, "tree/z")) != string(text) {
					t.Error("the change did not come")
				}
				if told := strings.Contains(notes.String(), "compared by size"); told != (name != "by hash") {
					t.Errorf("told: %s", notes)
				}
			})
		}
	}
}

func TestWhatACutLeftWithHolesIsTakenUpToThem(t *testing.T) {
	c, home, _ := device(t, nil)
	c.Resume = true
	text := strings.Repeat("0123456789abcdef", 20<<16)
	part := []byte(text[:18<<20])
	clear(part[17<<20 : 17<<20+1000])
	write(t, filepath.Join(home, "remote"), text)
	local := filepath.Join(t.TempDir(), "file")
	write(t, c.localPart(local), string(part))
	meter := &moved{}
	c.Meter = meter
	if err := c.Download(t.Context(), "remote", local); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, c.remotePart("up")), string(part))
	if err := c.Upload(t.Context(), local, "up"); err != nil {
		t.Fatal(err)
	}
	if content(t, local) != text || content(t, filepath.Join(home, "up")) != text {
		t.Error("not the same")
	}
	if n, most := meter.bytes.Load(), int64(2*18<<20); n > most {
		t.Errorf("%d bytes moved, want at most %d", n, most)
	}
}

// liar is a device whose hashes are of something else.
type liar struct{ fsys.FS }

func (liar) Hash(context.Context, string, int64) (string, error) {
	return strings.Repeat("0", 64), nil
}

func TestAChecksumThatDiffersLeavesNothingUnderTheName(t *testing.T) {
	for name, copy := range map[string]func(c *Copier, here string) error{
		"up":        func(c *Copier, here string) error { return c.Upload(t.Context(), here+"/tree/z", "there") },
		"down":      func(c *Copier, here string) error { return c.Download(t.Context(), "tree/z", here+"/there") },
		"tree up":   func(c *Copier, here string) error { return c.Upload(t.Context(), here+"/tree", "there") },
		"stdin":     func(c *Copier, _ string) error { return c.Send(t.Context(), strings.NewReader("x"), "there") },
		"stdout":    func(c *Copier, _ string) error { return c.Stream(t.Context(), "tree/z", io.Discard) },
		"tree down": func(c *Copier, here string) error { return c.Download(t.Context(), "tree", here+"/there") },
	} {
		t.Run(name, func(t *testing.T) {
			c, home, _ := device(t, nil)
			here := t.TempDir()
			plant(t, filepath.Join(home, "tree"), 1<<20)
			plant(t, filepath.Join(here, "tree"), 1<<20)
			c.Recursive, c.Checksum = true, true
			if err := copy(c, here); err != nil {
				t.Fatalf("of an honest device: %v", err)
			}
			for _, folder := range []string{home, here} {
				if err := os.RemoveAll(filepath.Join(folder, "there")); err != nil {
					t.Fatal(err)
				}
			}
			c.FS = liar{c.FS}
			err := copy(c, here)
			if fault.Of(err) != fault.Files || !strings.Contains(err.Error(), "SHA-256") {
				t.Errorf("got %v", err)
			}
			for _, path := range []string{"there", "there/z", "there/a/large"} {
				for _, folder := range []string{home, here} {
					if info, err := os.Stat(filepath.Join(folder, path)); err == nil && info.Mode().IsRegular() {
						t.Errorf("%s has its name", path)
					}
				}
			}
			if left := append(partsBelow(t, home), partsBelow(t, here)...); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	c, _, _ := device(t, noHash)
	c.Checksum = true
	if err := c.Send(t.Context(), strings.NewReader("x"), "there"); fault.Of(err) != fault.Files {
		t.Errorf("where the device cannot: %v", err)
	}
}

func TestWhatIsReplacedKeepsItsModeAndOwner(t *testing.T) {
	for name, change := range map[string]func(*fstest.Machine){"sftp": nil, "shell": shellOnly} {
		for _, mode := range []os.FileMode{0o000, 0o600, 0o755} {
			t.Run(name+" "+mode.String(), func(t *testing.T) {
				c, home, notes := device(t, change)
				here := t.TempDir()
				mine, theirs := filepath.Join(here, "file"), filepath.Join(home, "file")
				for _, path := range []string{mine, theirs} {
					write(t, path, "old")
					if err := os.Chmod(path, mode); err != nil {
						t.Fatal(err)
					}
					_ = os.Chown(path, 12345, 23456) // root alone may
				}
				before := owner(t, theirs)
				source := write(t, filepath.Join(here, "source"), "new")
				write(t, filepath.Join(home, "source"), "new")
				if err := c.Upload(t.Context(), source, "file"); err != nil {
					t.Fatalf("%v; %s", err, notes)
				}
				if err := c.Download(t.Context(), "source", mine); err != nil {
					t.Fatalf("%v; %s", err, notes)
				}
				for _, path := range []string{mine, theirs} {
					info, err := os.Stat(path)
					if err != nil || info.Mode() != mode || owner(t, path) != before || content(t, path) != "new" {
						t.Errorf("%s: %v of %s, %v; want %v of %s", path, info.Mode(), owner(t, path), err, mode, before)
					}
				}
			})
		}
	}
}

func TestAFileOfNoModeStaysClosed(t *testing.T) {
	c, home, _ := device(t, nil)
	secret := write(t, filepath.Join(t.TempDir(), "secret"), "text")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Upload(t.Context(), secret, "there"); err != nil {
		if os.Getuid() != 0 && fault.Of(err) == fault.Local {
			return // root alone can read it
		}
		t.Fatal(err)
	}
	back := filepath.Join(t.TempDir(), "back")
	if err := c.Download(t.Context(), "there", back); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(home, "there"), back} {
		if info, err := os.Stat(path); err != nil || info.Mode() != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestTheLongestNamesAreCopied(t *testing.T) {
	long := strings.Repeat("n", 255)
	umlaut := strings.Repeat("ü", 127)
	for _, resume := range []bool{false, true} {
		c, home, notes := device(t, nil)
		c.Recursive, c.Resume = true, resume
		here := t.TempDir()
		for _, name := range []string{long, umlaut} {
			write(t, filepath.Join(here, "tree", name), name)
			if err := c.Upload(t.Context(), filepath.Join(here, "tree", name), "."); err != nil {
				t.Errorf("up, resume %t: %v", resume, err)
			}
			if err := c.Download(t.Context(), name, here); err != nil {
				t.Errorf("down, resume %t: %v", resume, err)
			}
			if got := content(t, filepath.Join(here, name)); got != name {
				t.Errorf("got %q", got)
			}
		}
		if err := errors.Join(c.Upload(t.Context(), filepath.Join(here, "tree"), "there"), c.Download(t.Context(), "there", filepath.Join(here, "back"))); err != nil {
			t.Errorf("tree, resume %t: %v; %s", resume, err, notes)
		}
		if got, want := describe(t, filepath.Join(here, "back"), false), describe(t, filepath.Join(home, "there"), false); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// owner is user and group of a file.
func owner(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	status := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", status.Uid, status.Gid)
}
