package copying

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

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

// forgetful is a device that had a tool for SHA-256 when it was asked.
type forgetful struct{ fsys.FS }

func (forgetful) Hash(context.Context, string, int64) (string, error) {
	return "", &fsys.Error{Code: wire.CodeUnsupported, Message: "The device has no tool for that."}
}

func TestAChecksumThatWasAskedForIsNeverReplacedByALookAtTheEnd(t *testing.T) {
	c, home, _ := device(t, nil)
	c.FS, c.Resume, c.Checksum = forgetful{c.FS}, true, true
	text := strings.Repeat("0123456789", 10_000)
	write(t, filepath.Join(home, "file"), text)
	mine := write(t, filepath.Join(t.TempDir(), "file"), strings.Replace(text, "0", "x", 1))
	for name, err := range map[string]error{
		"down": c.Download(t.Context(), "file", mine), "up": c.Upload(t.Context(), mine, "file"),
	} {
		if fault.Of(err) != fault.Files {
			t.Errorf("%s: %v, want to be told that nothing was compared", name, err)
		}
	}
}

// looking is a meter that looks at the part files of a folder while they grow.
type looking struct {
	silent
	folder string
	modes  chan os.FileMode
}

func (l looking) Add(int64) {
	parts, _ := filepath.Glob(filepath.Join(l.folder, "*.part-*"))
	for _, part := range parts {
		if info, err := os.Stat(part); err == nil {
			l.modes <- info.Mode()
		}
	}
}

func TestWhatOthersMayNotReadIsNotShownMeanwhile(t *testing.T) {
	c, home, _ := device(t, nil)
	theirs := write(t, filepath.Join(home, "secret"), "new")
	mine := write(t, filepath.Join(t.TempDir(), "secret"), "old")
	if err := errors.Join(os.Chmod(theirs, 0o644), os.Chmod(mine, 0o600)); err != nil {
		t.Fatal(err)
	}
	modes := make(chan os.FileMode, 10)
	c.Meter = looking{folder: filepath.Dir(mine), modes: modes}
	if err := c.Download(t.Context(), "secret", mine); err != nil {
		t.Fatal(err)
	}
	close(modes)
	seen := 0
	for mode := range modes {
		if seen++; mode != 0o600 {
			t.Errorf("the part has the mode %v", mode)
		}
	}
	if seen == 0 {
		t.Error("nobody looked")
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
