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
	"porthole/ssh/sshtest/realpeer"
)

// tools makes a folder that is the whole PATH of a device: links of applets to a program.
func tools(tb testing.TB, program string, without ...string) string {
	tb.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		tb.Fatal(err)
	}
	list := exec.Command(path, "--list")
	if filepath.Base(program) == "toybox" {
		list = exec.Command(path)
	}
	names, err := list.Output()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	for name := range strings.FieldsSeq(string(names)) {
		if slices.Contains(without, name) {
			continue
		}
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(name))); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func open(tb testing.TB, m fstest.Machine) fsys.FS {
	tb.Helper()
	fs, err := shellfs.Open(tb.Context(), m.Peer())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := fs.Close(); err != nil {
			tb.Error(err)
		}
	})
	return fs
}

func home(tb testing.TB) string {
	tb.Helper()
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
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
			test.suite.Mounted = func(t *testing.T, enter []string) fsys.FS {
				t.Helper()
				m.Inside = enter
				return open(t, m)
			}
			fstest.Run(t, test.suite)
		})
	}
}

// Real servers, whose sessions find BusyBox's applets alone.
func TestDropbearAndOpenSSHWithBusyBoxKeepTheClaims(t *testing.T) {
	for _, kind := range []realpeer.Kind{realpeer.Dropbear, realpeer.OpenSSH} {
		t.Run(string(kind), func(t *testing.T) {
			dir := tools(t, "busybox")
			client := fstest.Device(t, kind, realpeer.Options{
				ForceCommand: "PATH=" + dir + " exec " + dir + "/ash -c \"$SSH_ORIGINAL_COMMAND\"",
			})
			fs, err := shellfs.Open(t.Context(), fstest.PeerOf(client))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = fs.Close() }()
			t.Logf("%+v", fs.Info())
			fstest.Run(t, fstest.Suite{FS: fs})
		})
	}
}
