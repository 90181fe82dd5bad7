package server_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestForbiddenDependencies holds the two promises that a linter cannot: the gateway
// cannot decrypt what it relays, and the browser's program stays small.
func TestForbiddenDependencies(t *testing.T) {
	tests := []struct {
		name, target string
		env          []string
		forbidden    map[string]string // package or package prefix ending in "/" → why not
	}{
		{
			name: "gateway", target: "porthole/server/...",
			forbidden: gatewayMustNotLink,
		},
		{
			name: "gateway binary without the demo tag", target: "porthole/server/cmd/portholed",
			forbidden: gatewayMustNotLink,
		},
		{
			name: "wasm", target: "porthole/wasm", env: []string{"GOOS=js", "GOARCH=wasm"},
			forbidden: map[string]string{
				"porthole/server/":                    "the gateway is another process: share through ssh/wire",
				"porthole/static":                     "assets belong to the gateway",
				"porthole/ssh/sshtest":                "the SSH server of the tests",
				"porthole/ssh/cmd/":                   "the CLI is the bridge's native twin",
				"github.com/creack/pty":               "there is no PTY in a browser",
				"github.com/spf13/pflag":              "there are no flags in a browser",
				"github.com/prometheus/client_golang": "metrics are the gateway's",
				"github.com/coder/websocket":          "wasm/jssocket holds the browser's own websocket",
				"github.com/gorilla/websocket":        "0.2 MB of brotli: ssh/forward has the frames",
				"net/http":                            "0.1 MB of brotli by its mere import: ssh/forward has the little that it needs",
				"net/http/":                           "brings net/http",
				"encoding/json":                       "0.1 MB of brotli for two small objects: ssh/profile has its own",
				"log/slog":                            "brings encoding/json",
				"testing":                             "tests only",
				"html/template":                       "the page is TypeScript's",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, dep := range dependencies(t, tt.target, tt.env) {
				for pkg, why := range tt.forbidden {
					if dep == pkg || strings.HasSuffix(pkg, "/") && strings.HasPrefix(dep, pkg) {
						t.Errorf("%s links %s: %s", tt.target, dep, why)
					}
				}
			}
		})
	}
}

var gatewayMustNotLink = map[string]string{
	"golang.org/x/crypto/ssh":    "whoever relays must not be able to decrypt",
	"golang.org/x/crypto/ssh/":   "whoever relays must not be able to decrypt",
	"github.com/pkg/sftp":        "files are the browser's business",
	"github.com/creack/pty":      "only the demo device has a PTY",
	"porthole/ssh":               "the SSH client core ends in the browser",
	"porthole/ssh/hostkey":       "host key decisions are the browser's",
	"porthole/ssh/profile":       "host keys and keys live with the person",
	"porthole/ssh/sshtest":       "the SSH server of tests and demo",
	"porthole/ssh/cmd/":          "the CLI is another program",
	"porthole/wasm/":             "the bridge belongs to the browser",
	"porthole/server/standin":    "production code must not know the stand-in platform",
	"porthole/server/demodevice": "production code must not know the demo device",
}

// dependencies lists all packages that target links in production. For a pattern it
// leaves out the roots that exist for the demo only.
func dependencies(t *testing.T, target string, env []string) []string {
	t.Helper()
	roots := []string{target}
	if strings.HasSuffix(target, "/...") {
		roots = nil
		for _, pkg := range goList(t, env, target) {
			if !strings.HasPrefix(pkg, "porthole/server/standin") && !strings.HasPrefix(pkg, "porthole/server/demodevice") {
				roots = append(roots, pkg)
			}
		}
	}
	return goList(t, env, append([]string{"-deps"}, roots...)...)
}

func goList(t *testing.T, env []string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.String())
	}
	return strings.Fields(string(out))
}

// TestForbiddenSymbols looks into the built wasm: what a later dependency names for its
// types only may be linked after all.
func TestForbiddenSymbols(t *testing.T) {
	wasm := filepath.Join(t.TempDir(), "porthole.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", wasm, "porthole/wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	program, err := os.ReadFile(wasm)
	if err != nil {
		t.Fatal(err)
	}
	// Function names stand in the runtime's table even without the name section.
	if !bytes.Contains(program, []byte("golang.org/x/crypto/ssh.NewClientConn")) {
		t.Fatal("the table of function names is not where it was: this test would pass for nothing")
	}
	for symbol, why := range map[string]string{
		"x/net/idna":                         "tables of international host names: browsers have them",
		"crypto/tls.(*Conn).serverHandshake": "the browser is never the TLS server",
		"golang.org/x/crypto/ssh.newServer":  "the browser is never the SSH server",
	} {
		if bytes.Contains(program, []byte(symbol)) {
			t.Errorf("the wasm links %s: %s", symbol, why)
		}
	}
}
