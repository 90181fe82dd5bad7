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
	"runtime"
	"strings"
	"testing"
	"time"

	"porthole/ssh/tunnel/tunneltest"
)

// limit bounds one run, Chromium's start included.
const limit = 2 * time.Minute

// page runs a test binary and reports its output and exit code.
const page = `<!doctype html><title>test</title><script src="wasm_exec.js"></script><script>
const go = new Go();
const decoder = new TextDecoder();
let output = "";
globalThis.fs.writeSync = (fd, bytes) => { output += decoder.decode(bytes); return bytes.length; };
const report = (code) => fetch("result", { method: "POST", body: JSON.stringify({ code, output }) });
go.argv = ["test", "-test.v", ...JSON.parse(%q)];
go.env = JSON.parse(%q);
let code = 2;
go.exit = (c) => { code = c; };
WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject)
  .then(({ instance }) => go.run(instance))
  .then(() => report(code), (error) => { output += String(error); return report(2); });
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
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is missing: install the package chromium")
	}
	binary := filepath.Join(t.TempDir(), "test.wasm")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", binary, pkg)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build tests of %s: %v\n%s", pkg, err, output)
	}
	results := make(chan result, 1)
	site := httptest.NewServer(handler(t, binary, match, env, results))
	defer site.Close()

	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage", "--remote-debugging-port=0", "--user-data-dir="+t.TempDir(), site.URL)
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
		if r.Code != 0 || !strings.Contains(r.Output, "--- PASS") {
			t.Errorf("exit code %d", r.Code)
		}
	case <-ctx.Done():
		t.Errorf("no result within %s", limit)
	}
}

func handler(t *testing.T, binary, match string, env map[string]string, results chan<- result) http.Handler {
	t.Helper()
	arguments, err := json.Marshal([]string{"-test.run=" + match, "-test.timeout=90s"})
	if err != nil {
		t.Fatal(err)
	}
	if env == nil {
		env = map[string]string{}
	}
	environment, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, page, arguments, environment)
	})
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(runtime.GOROOT(), "lib", "wasm", "wasm_exec.js"))
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
