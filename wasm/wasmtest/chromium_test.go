//go:build !js

package wasmtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porthole/ssh/tunnel/tunneltest"
)

// limit bounds one run, Chromium's start included.
const limit = 2 * time.Minute

// testPage runs a test binary and reports its output and exit code.
const testPage = `
const go = new Go();
const decoder = new TextDecoder();
let output = "";
globalThis.fs.writeSync = (fd, bytes) => { output += decoder.decode(bytes); return bytes.length; };
go.argv = ["test", "-test.v", ...settings.arguments];
go.env = settings.env;
let code = 2;
go.exit = (c) => { code = c; };
const { instance } = await WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject);
await go.run(instance);
return { code, output };
`

// frame runs script and reports what it returns, or how it failed.
const frame = `<!doctype html><title>test</title><script src="wasm_exec.js"></script><script>
const settings = JSON.parse(%q);
const run = async () => { %s };
run().catch((error) => ({ code: 2, output: String(error && error.stack) }))
  .then((result) => fetch("result", { method: "POST", body: JSON.stringify(result) }));
</script>`

type result struct {
	Code   int    `json:"code"`
	Output string `json:"output"`
}

func TestStorageInChromium(t *testing.T) {
	runInChromium(t, "porthole/wasm/bridge", "IndexedDB|Tabs|WebLock", nil)
}

func TestSocketInChromium(t *testing.T) {
	server := httptest.NewServer(tunneltest.Handler(t.Context()))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	runInChromium(t, "porthole/wasm/jssocket", ".", map[string]string{
		"PORTHOLE_TUNNELTEST": "ws" + strings.TrimPrefix(server.URL, "http"),
	})
}

// runInChromium builds the tests of a js package and runs those that match there.
func runInChromium(t *testing.T, pkg, match string, env map[string]string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "test.wasm")
	build(t, "test", "-c", "-o", binary, pkg)
	if env == nil {
		env = map[string]string{}
	}
	open(t, binary, testPage, map[string]any{
		"arguments": []string{"-test.run=" + match, "-test.timeout=90s"}, "env": env,
	})
}

// build runs the go command for js.
func build(t *testing.T, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", arguments...)
	command.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
}

// open opens a page that runs script with a wasm binary at test.wasm, and wants the
// code 0 of it.
func open(t *testing.T, binary, script string, settings any) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is missing: install the package chromium")
	}
	results := make(chan result, 1)
	site := httptest.NewServer(handler(t, binary, script, settings, results))
	defer site.Close()

	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage", "--remote-debugging-port=0", "--user-data-dir="+profileFolder(t), site.URL)
	if err := command.Start(); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	defer func() {
		cancel()
		_ = command.Wait() // it was killed
	}()
	select {
	case r := <-results:
		t.Log(r.Output)
		if r.Code != 0 {
			t.Errorf("exit code %d", r.Code)
		}
	case <-ctx.Done():
		t.Errorf("no result within %s", limit)
	}
}

func handler(t *testing.T, binary, script string, settings any, results chan<- result) http.Handler {
	t.Helper()
	encoded, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	runtimeScript := filepath.Join(goRoot(t), "lib", "wasm", "wasm_exec.js")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, frame, encoded, script)
	})
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, runtimeScript)
	})
	mux.HandleFunc("GET /test.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		http.ServeFile(w, r, binary)
	})
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var got result
		if err != nil || json.Unmarshal(body, &got) != nil {
			got = result{Code: 2, Output: string(body)}
		}
		results <- got
	})
	return mux
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

// profileFolder is removed after the test, also while the last of Chromium's processes
// still write into it: they outlive the one that was killed by a moment.
func profileFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "porthole-chromium-") //nolint:usetesting // t.TempDir fails the test while Chromium still writes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		deadline := time.Now().Add(10 * time.Second)
		for err := os.RemoveAll(dir); err != nil; err = os.RemoveAll(dir) {
			if time.Now().After(deadline) {
				t.Errorf("remove Chromium's profile: %v", err)
				return
			}
			time.Sleep(20 * time.Millisecond) // between two looks
		}
	})
	return dir
}
