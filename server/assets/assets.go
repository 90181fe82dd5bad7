package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"porthole/ssh/wire"
)

// Cache rules: a hashed name never changes its content, everything else is asked for
// again each time and answered by 304.
const (
	immutable  = "public, max-age=31536000, immutable"
	revalidate = "no-cache"
)

// downloads is the scope of the service worker that hands files of a device to the
// browser's downloads. Its script lies in it, so that it can reach nothing else; every other
// path is answered in the browser, and gets here only when there is no download to answer.
const (
	downloads      = "/dl/"
	downloadWorker = "dl/worker.js"
)

// Handler serves a tree. Make it with New.
type Handler struct {
	tree fs.FS

	mu   sync.Mutex
	tags map[string]tag // by file name, so that a file is hashed once
}

// tag remembers an ETag together with what it was computed from: with assets from disk
// a file may change.
type tag struct {
	modified time.Time
	size     int64
	value    string
}

// New returns the handler of a tree, which may be nil or empty: then pages say how to
// build it.
func New(tree fs.FS) *Handler {
	return &Handler{tree: tree, tags: make(map[string]tag)}
}

// Handles tells whether a path belongs to the page rather than to the API.
func (h *Handler) Handles(urlPath string) bool {
	if IsShell(urlPath) || strings.HasPrefix(urlPath, "/assets/") || strings.HasPrefix(urlPath, downloads) {
		return true
	}
	name := strings.TrimPrefix(urlPath, "/")
	return !strings.Contains(name, "/") && h.isFile(name) && rootFile(name)
}

// IsShell tells whether a path is answered with the page shell; the page's own router
// decides below /devices/.
func IsShell(urlPath string) bool {
	return urlPath == "/" || urlPath == "/devices" || strings.HasPrefix(urlPath, "/devices/") ||
		urlPath == "/account" || urlPath == wire.CLISignInPath
}

// rootFile keeps build records and dot files private.
func rootFile(name string) bool {
	switch path.Ext(name) {
	case ".ico", ".svg", ".png", ".txt", ".webmanifest":
		return !strings.HasPrefix(name, ".")
	default:
		return false
	}
}

// ServeHTTP answers GET and HEAD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address only answers GET.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case IsShell(r.URL.Path):
		if !h.isFile("index.html") {
			unbuilt(w, r)
			return
		}
		h.file(w, r, "index.html", revalidate)
	case strings.HasPrefix(name, "assets/") && fs.ValidPath(name) && !strings.Contains(name, "/."):
		h.file(w, r, name, immutable)
	case name == downloadWorker:
		h.file(w, r, name, revalidate)
	case strings.HasPrefix(r.URL.Path, downloads):
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "There is no download at this address. Start it again in Porthole.", http.StatusNotFound)
	case rootFile(name):
		h.file(w, r, name, revalidate)
	default:
		notFound(w)
	}
}

// file serves one file in the encoding that the client wants most, of those built.
func (h *Handler) file(w http.ResponseWriter, r *http.Request, name, cache string) {
	if !h.isFile(name) {
		notFound(w)
		return
	}
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	chosen, encoding, best := name, "", 0.0
	for _, e := range encodings {
		if q := accepts(r.Header.Get("Accept-Encoding"), e.name); q > best && h.isFile(name+e.suffix) {
			chosen, encoding, best = name+e.suffix, e.name, q
		}
	}
	file, info, err := h.open(chosen)
	if err != nil {
		notFound(w)
		return
	}
	defer func() { _ = file.Close() }() // opened to read
	etag, err := h.etag(chosen, info, file)
	if err != nil {
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	header.Set("Cache-Control", cache)
	header.Set("Content-Type", contentType(name))
	header.Set("ETag", etag)
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
		// ServeContent leaves the length of encoded bodies out; it is known here.
		header.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		// A part of an encoded file is of no use to anyone.
		r.Header.Del("Range")
		// ServeContent would answer 412 under the length of the file.
		r.Header.Del("If-Match")
	}
	http.ServeContent(w, r, "", time.Time{}, file)
}

// open gives a file that can seek, which ServeContent needs.
func (h *Handler) open(name string) (io.ReadSeekCloser, fs.FileInfo, error) {
	file, err := h.tree.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	seeker, ok := file.(io.ReadSeekCloser)
	if err != nil || !ok {
		_ = file.Close() // opened to read
		return nil, nil, errors.Join(err, errors.New("file cannot seek"))
	}
	return seeker, info, nil
}

// etag is a strong tag: a hash of the bytes that are sent, in that encoding.
func (h *Handler) etag(name string, info fs.FileInfo, file io.ReadSeeker) (string, error) {
	h.mu.Lock()
	known, found := h.tags[name]
	h.mu.Unlock()
	if found && known.modified.Equal(info.ModTime()) && known.size == info.Size() {
		return known.value, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	value := `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`
	h.mu.Lock()
	h.tags[name] = tag{info.ModTime(), info.Size(), value}
	h.mu.Unlock()
	return value, nil
}

func (h *Handler) isFile(name string) bool {
	if h.tree == nil || !fs.ValidPath(name) {
		return false
	}
	info, err := fs.Stat(h.tree, name)
	return err == nil && info.Mode().IsRegular()
}

// contentType does not ask the machine's MIME table for what we ship: it differs from
// machine to machine, and a worker or wasm of the wrong type does not start.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".ico":
		return "image/x-icon"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if known := mime.TypeByExtension(ext); known != "" {
			return known
		}
		return "application/octet-stream"
	}
}

// unbuilt is the page of a gateway whose page was never built.
func unbuilt(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = io.WriteString(w, "<!doctype html><html lang=en><meta charset=utf-8><title>Porthole is not built</title>"+
		"<h1>The page is not built yet</h1><p>Run <code>make web</code>, then start the gateway again.</p>\n") // the client went away: nothing to do
}

func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "There is nothing at this address.", http.StatusNotFound)
}
