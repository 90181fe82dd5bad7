//go:build demo && unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// withoutRoot runs the calling test again as "nobody" when it runs as root, because root
// may write anywhere. It tells whether it did.
func withoutRoot(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return false
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "test") // go test's own folder is root's
	if err := os.WriteFile(copied, program, 0o600); err != nil {
		t.Fatal(err)
	}
	// TempDir is two folders deep, the outer one for its owner only.
	for _, name := range []string{copied, filepath.Dir(copied), filepath.Dir(filepath.Dir(copied))} {
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	again := exec.CommandContext(t.Context(), copied, "-test.run=^"+t.Name()+"$", "-test.v")
	again.Dir = filepath.Dir(copied)
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := again.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, output)
	}
	return true
}

func TestAStateFolderThatCannotBeWrittenIsReportedWithTheRest(t *testing.T) {
	if withoutRoot(t) {
		return
	}
	closed := folder(t, 0o500)
	for _, c := range []struct{ state, want string }{
		{closed, "--state-dir: " + closed + " cannot be written"},
		{filepath.Join(closed, "far", "state"), "--state-dir: no folder can be made in " + closed},
	} {
		wantProblems(t, []string{"--demo", "--state-dir", c.state, "--nope"}, nil, c.want, "--nope:")
	}
}
