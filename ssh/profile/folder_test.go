//go:build !js && !windows

package profile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTheFolderIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "profile")
	folder, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := openOn(t, folder).UpdateKnownHosts(t.Context(), appendLine("one")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "known_hosts"): 0o600} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", name, info.Mode(), err, want)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Folder(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("an open folder stayed open: %v, %v", info.Mode(), err)
	}
}

func TestProgramsShareTheFolder(t *testing.T) {
	dir := t.TempDir()
	var programs sync.WaitGroup
	for n := range 4 {
		folder, err := Folder(dir)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Open(Options{FS: folder, Lock: folder.Lock})
		if err != nil {
			t.Fatal(err)
		}
		programs.Go(func() {
			for i := range 10 {
				if err := p.UpdateKnownHosts(t.Context(), appendLine(fmt.Sprintf("%d-%d", n, i))); err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	programs.Wait()
	text, err := os.ReadFile(filepath.Join(dir, "known_hosts"))
	if err != nil || strings.Count(string(text), "\n") != 40 {
		t.Errorf("%d lines, %v; want 40", strings.Count(string(text), "\n"), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.new*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	folder, err := Folder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	err = folder.Lock(t.Context(), "x", func() error {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		cancel(gone)
		err := folder.Lock(ctx, "x", func() error { t.Error("two hold the lock"); return nil })
		if !errors.Is(err, gone) {
			t.Errorf("error %v, want the cause", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAFileNameCannotLeaveTheFolder(t *testing.T) {
	dir := t.TempDir()
	folder, err := Folder(filepath.Join(dir, "profile"))
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.WriteFile("../outside", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "outside")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written outside: %v", err)
	}
}

func TestAFileTooBigIsAnError(t *testing.T) {
	dir := t.TempDir()
	folder, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "known_hosts"), maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.ReadFile("known_hosts"); !errors.Is(err, errTooBig) {
		t.Errorf("error %v", err)
	}
}
