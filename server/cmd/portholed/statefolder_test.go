//go:build demo

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder makes one of a mode.
func folder(t *testing.T, mode os.FileMode) string {
	t.Helper()
	name := t.TempDir()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func wantExit(t *testing.T, d *demoRun, want int) {
	t.Helper()
	if code := d.stop(); code != want {
		t.Errorf("exit code: got %d, want %d\n%s", code, want, d.output.String())
	}
}

func TestTwoGatewaysOnOneStateFolderLoseNothing(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	first := startRun(t, state)
	first.find(linkPattern, 1)
	files := func() map[string]string {
		entries, err := os.ReadDir(state)
		if err != nil {
			t.Fatal(err)
		}
		content := make(map[string]string)
		for _, entry := range entries {
			if entry.IsDir() {
				continue // the demo device's service, whose log grows
			}
			data, err := os.ReadFile(filepath.Join(state, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			content[entry.Name()] = string(data)
		}
		return content
	}
	before := files()

	second := startRun(t, state, "--demo-devices", "3") // on another port
	second.find(`(another portholed uses the folder)`, 1)
	if !strings.Contains(second.output.String(), state) || !strings.Contains(second.output.String(), "--state-dir:") {
		t.Errorf("neither the folder nor the option is named:\n%s", second.output.String())
	}
	wantExit(t, second, exitError)
	after := files()
	for name, content := range before {
		if after[name] != content {
			t.Errorf("%s was written", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("files: got %d, want %d", len(after), len(before))
	}

	wantExit(t, first, exitOK)
	third := startRun(t, state)
	third.find(linkPattern, 1) // the lock went with its owner
	wantExit(t, third, exitOK)
}

func TestAPortInUseIsFoundBeforeAnythingIsWritten(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, option := range []string{"--listen", "--admin-listen"} {
		state := filepath.Join(t.TempDir(), "state")
		d := startRun(t, state, option, taken.Addr().String())
		d.find(`(port in use)`, 1)
		wantExit(t, d, exitError)
		if _, err := os.Stat(state); !os.IsNotExist(err) {
			t.Errorf("%s: the state folder was made: %v", option, err)
		}
	}
}

func TestDemoWantsAStateFolderOfItsOwn(t *testing.T) {
	open := folder(t, 0o755)
	d := startRun(t, open)
	d.find(`(may be read by others)`, 1)
	wantExit(t, d, exitUsage)
	if info, err := os.Stat(open); err != nil || info.Mode().Perm() != 0o755 {
		t.Error("the folder's mode was changed")
	}
	if _, err := takeStateFolder(open); err == nil {
		t.Error("a folder that others may read was taken")
	}
}

func TestAWrongStateFolderIsReportedWithTheRest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ state, want string }{
		{"", "--state-dir: is empty"},
		{file, "--state-dir: " + file + " is no folder"},
		{filepath.Join(file, "below"), "--state-dir: "},
		{filepath.Join(file, "far", "below"), "--state-dir: "},
		{folder(t, 0o750), "--state-dir: "},
	} {
		wantProblems(t, []string{"--demo", "--state-dir", c.state, "--nope", "--tls-cert=/nope", "--tls-key=/nope2"}, environment("PORTHOLE_WAIT_LIMIT", "-1s"),
			c.want, "--nope:", "--tls-cert:", "--tls-key:", "--wait-limit:")
	}
	state := filepath.Join(t.TempDir(), "far", "state")
	wantProblems(t, []string{"--demo", "--state-dir", state}, nil)
	if _, err := os.Stat(filepath.Dir(state)); !os.IsNotExist(err) {
		t.Errorf("looking at the options made a folder: %v", err)
	}
}
