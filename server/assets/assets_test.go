package assets

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

var tree = fstest.MapFS{
	"index.html":              {Data: []byte("shell")},
	"index.html.br":           {Data: []byte("shell-br")},
	"index.html.gz":           {Data: []byte("shell-gz")},
	"manifest.json":           {Data: []byte("{}")},
	"favicon.svg":             {Data: []byte("<svg/>")},
	".gitignore":              {Data: []byte("*")},
	"assets/a-1.js":           {Data: []byte("script")},
	"assets/a-1.js.gz":        {Data: []byte("script-gz")},
	"assets/p-1.wasm":         {Data: []byte("\x00asm")},
	"assets/p-1.wasm.br":      {Data: []byte("asm-br")},
	"assets/.hidden/x.js":     {Data: []byte("no")},
	"assets/font-1.woff2":     {Data: []byte("font")},
	"assets/deep/style-1.css": {Data: []byte("css")},
	"dl/worker.js":            {Data: []byte("downloads")},
	"dl/other.js":             {Data: []byte("no")},
}

func get(h *Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEncodingIsChosenByWeight(t *testing.T) {
	h := New(tree)
	for _, c := range []struct{ path, accept, body, encoding string }{
		{"/", "", "shell", ""},
		{"/", "gzip", "shell-gz", "gzip"},
		{"/", "gzip, br", "shell-br", "br"},
		{"/", "gzip, deflate, br, zstd", "shell-br", "br"},
		{"/", "br;q=0.5, gzip;q=0.9", "shell-gz", "gzip"},
		{"/", "br;q=0, gzip", "shell-gz", "gzip"},
		{"/", "*", "shell-br", "br"},
		{"/", "*;q=0", "shell", ""},
		{"/", "br;q=nonsense", "shell", ""},
		{"/", "identity", "shell", ""},
		{"/assets/a-1.js", "br", "script", ""},
		{"/assets/a-1.js", "br, gzip", "script-gz", "gzip"},
		{"/assets/p-1.wasm", "BR", "asm-br", "br"},
	} {
		w := get(h, http.MethodGet, c.path, "Accept-Encoding", c.accept)
		if w.Code != http.StatusOK || w.Body.String() != c.body || w.Header().Get("Content-Encoding") != c.encoding {
			t.Errorf("%s with %q: got %d %q %q, want %q %q", c.path, c.accept, w.Code, w.Body, w.Header().Get("Content-Encoding"), c.body, c.encoding)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary: got %q", c.path, w.Header().Get("Vary"))
		}
		if got := w.Header().Get("Content-Length"); got != strconv.Itoa(len(c.body)) {
			t.Errorf("%s with %q: Content-Length: got %q, want %d", c.path, c.accept, got, len(c.body))
		}
	}
}

func TestTypesAndCaching(t *testing.T) {
	h := New(tree)
	for path, want := range map[string][2]string{
		"/":                        {"text/html; charset=utf-8", revalidate},
		"/devices/1234":            {"text/html; charset=utf-8", revalidate},
		"/devices/1234/deeper":     {"text/html; charset=utf-8", revalidate},
		"/assets/a-1.js":           {"text/javascript; charset=utf-8", immutable},
		"/assets/p-1.wasm":         {"application/wasm", immutable},
		"/assets/font-1.woff2":     {"font/woff2", immutable},
		"/assets/deep/style-1.css": {"text/css; charset=utf-8", immutable},
		"/favicon.svg":             {"image/svg+xml", revalidate},
		"/dl/worker.js":            {"text/javascript; charset=utf-8", revalidate},
	} {
		w := get(h, http.MethodGet, path, "Accept-Encoding", "br")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != want[0] || w.Header().Get("Cache-Control") != want[1] {
			t.Errorf("%s: got %d %q %q, want %q", path, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"), want)
		}
		if !h.Handles(path) {
			t.Errorf("%s is not handled", path)
		}
	}
}

func TestUnchangedIsNotSentAgain(t *testing.T) {
	h := New(tree)
	tag := get(h, http.MethodGet, "/", "Accept-Encoding", "br").Header().Get("ETag")
	if w := get(h, http.MethodGet, "/", "Accept-Encoding", "br", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("same encoding: got %d", w.Code)
	}
	if w := get(h, http.MethodGet, "/", "Accept-Encoding", "gzip", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("other encoding: got %d, want 200", w.Code)
	}
	if w := get(h, http.MethodHead, "/", "Accept-Encoding", "br"); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "8" {
		t.Errorf("HEAD: got %d %q %v", w.Code, w.Body, w.Header())
	}
	if w := get(h, http.MethodGet, "/", "Accept-Encoding", "br", "Range", "bytes=1-2"); w.Code != http.StatusOK || w.Body.String() != "shell-br" {
		t.Errorf("part of an encoded file: got %d %q", w.Code, w.Body)
	}
}

func TestAFileFromDiskMayChange(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "index.html")
	for _, text := range []string{"one", "other"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := New(os.DirFS(folder))
	first := get(h, http.MethodGet, "/")
	if err := os.WriteFile(name, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := get(h, http.MethodGet, "/", "If-None-Match", first.Header().Get("ETag"))
	if second.Code != http.StatusOK || second.Body.String() != "changed" {
		t.Errorf("got %d %q", second.Code, second.Body)
	}
}

func TestWhatIsNotServed(t *testing.T) {
	h := New(tree)
	for _, path := range []string{
		"/manifest.json", "/.gitignore", "/assets/", "/assets", "/assets/none.js", "/assets/.hidden/x.js",
		"/assets/../index.html", "/assets//a-1.js", "/index.html.br", "/api/login",
	} {
		if w := get(h, http.MethodGet, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d %q, want 404", path, w.Code, w.Body)
		}
	}
	if w := get(h, http.MethodPost, "/"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: got %d, want 405", w.Code)
	}
	for _, path := range []string{"/api/login", "/healthz", "/user/currentUser", "/index.html", "/manifest.json"} {
		if h.Handles(path) {
			t.Errorf("%s is handled", path)
		}
	}
}

func TestWithoutABuild(t *testing.T) {
	for _, h := range []*Handler{New(nil), New(fstest.MapFS{".gitignore": {Data: []byte("*")}})} {
		if w := get(h, http.MethodGet, "/"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make web") {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
		if w := get(h, http.MethodGet, "/assets/x.js"); w.Code != http.StatusNotFound {
			t.Errorf("asset: got %d, want 404", w.Code)
		}
	}
}

func TestADownloadThatNoWorkerAnswersIsText(t *testing.T) {
	h := New(tree)
	for _, path := range []string{"/dl/", "/dl/0123456789abcdef0123456789abcdef", "/dl/other.js", "/dl/worker.js/x", "/dl/../index.html"} {
		w := get(h, http.MethodGet, path)
		if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(w.Body.String(), "no download") {
			t.Errorf("%s: got %d %q %q", path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if !h.Handles(path) {
			t.Errorf("%s is not handled", path)
		}
	}
	if w := get(New(nil), http.MethodGet, "/dl/worker.js"); w.Code != http.StatusNotFound {
		t.Errorf("without a build: got %d, want 404", w.Code)
	}
}
