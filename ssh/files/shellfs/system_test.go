//go:build linux

package shellfs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/shellfs"
)

// tools makes a folder that is the whole PATH of a device: links of applets to a program.
func tools(t testing.TB, program string, without ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command(path, "--list")
	if filepath.Base(program) == "toybox" {
		list = exec.Command(path)
	}
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name := range strings.FieldsSeq(string(names)) {
		if slices.Contains(without, name) {
			continue
		}
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, m fstest.Machine) fsys.FS {
	t.Helper()
	fs, err := shellfs.Open(t.Context(), m.Peer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fs.Close(); err != nil {
			t.Error(err)
		}
	})
	return fs
}

func home(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each row is a device, by the tools that it has.
func TestEveryDeviceKeepsTheClaims(t *testing.T) {
	shell := func(dir string) []string { return []string{filepath.Join(dir, "sh"), "-c"} }
	tests := map[string]struct {
		machine func(t *testing.T) fstest.Machine
		suite   fstest.Suite
	}{
		"GNU": {machine: func(*testing.T) fstest.Machine {
			return fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}}
		}},
		"GNU, bash as login shell that prints": {machine: func(t *testing.T) fstest.Machine {
			rc := filepath.Join(t.TempDir(), "rc")
			if err := os.WriteFile(rc, []byte("echo Welcome; printf 'no line'; echo 'x: Permission denied' >&2\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return fstest.Machine{Shell: []string{"/bin/bash", "-c"}, Env: []string{"PATH=/usr/bin:/bin", "BASH_ENV=" + rc, "LANG=C.UTF-8"}}
		}},
		"BusyBox": {machine: func(t *testing.T) fstest.Machine {
			dir := tools(t, "busybox")
			return fstest.Machine{Shell: shell(dir), Env: []string{"PATH=" + dir}}
		}},
		"BusyBox as OpenWrt builds it": {
			machine: func(t *testing.T) fstest.Machine {
				dir := tools(t, "busybox", "stat", "openssl", "truncate")
				return fstest.Machine{Shell: shell(dir), Env: []string{"PATH=" + dir}}
			},
		},
		"BusyBox with hardly anything": {
			machine: func(t *testing.T) fstest.Machine {
				dir := tools(t, "busybox", "stat", "find", "xargs", "readlink", "sha256sum", "gzip", "head", "df", "truncate", "od")
				return fstest.Machine{Shell: shell(dir), Env: []string{"PATH=" + dir}}
			},
			suite: fstest.Suite{NoHash: true, NoSpace: true, NoReadLink: true},
		},
		"toybox": {machine: func(t *testing.T) fstest.Machine {
			dir := tools(t, "toybox")
			if err := os.Symlink("/bin/dash", filepath.Join(dir, "sh")); err != nil {
				t.Fatal(err)
			}
			return fstest.Machine{Shell: shell(dir), Env: []string{"PATH=" + dir}}
		}, suite: fstest.Suite{AppendOnly: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := test.machine(t)
			m.Dir = home(t)
			test.suite.FS = open(t, m)
			t.Logf("%+v", test.suite.FS.Info())
			fstest.Run(t, test.suite)
		})
	}
}
