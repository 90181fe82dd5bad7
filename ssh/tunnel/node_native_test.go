//go:build !js

package tunnel_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnderNode holds the browser's socket to the same table, in Node against a real
// server, so that testing this package natively tests both.
func TestUnderNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("Node.js is missing: install Node 20.19 or later")
	}
	base := serve(t)
	runner := filepath.Join(goRoot(t), "lib", "wasm", "go_js_wasm_exec")
	if _, err := os.Stat(runner); err != nil {
		t.Fatalf("the Go toolchain lacks its js runner: %v", err)
	}
	command := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-exec="+runner, "porthole/wasm/jssocket", "porthole/ssh/tunnel")
	command.Env = append(environmentWithout("GOFLAGS", "GOCOVERDIR"), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0",
		"NODE_OPTIONS=--experimental-websocket", "PORTHOLE_TUNNELTEST="+base)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("tests under Node: %v\n%s", err, output)
	}
}

// environmentWithout leaves out what go test set for the native run.
func environmentWithout(names ...string) []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		drop := false
		for _, n := range names {
			drop = drop || n == name
		}
		if !drop {
			kept = append(kept, variable)
		}
	}
	return kept
}

// goRoot is where the Go toolchain lives.
func goRoot(t *testing.T) string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	return strings.TrimSpace(string(root))
}
