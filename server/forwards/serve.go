package forwards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"
)

// forwardSite is what each script is told about where it runs: ForwardSite of
// web/src/forward/protocol.ts.
type forwardSite struct {
	Apps   []string `json:"apps"`
	Viewer string   `json:"viewer"`
	Mirror bool     `json:"mirror"`
}

// prologue is the line in front of each script. Its JSON has no byte that would end a
// string or a script early: encoding/json escapes those.
func (p *Place) prologue() []byte {
	// Only strings and a bool: this cannot fail.
	data, _ := json.Marshal(forwardSite{Apps: p.apps(), Viewer: p.viewer(), Mirror: p.mirrors()})
	return append(append([]byte("self.portholeForward="), data...), ";\n"...)
}

// files serves the tree. What was read is kept, because each navigation asks for the
// service worker's script.
type files struct {
	tree fs.FS

	mu    sync.Mutex
	ready map[readyKey]*ready
}

type readyKey struct {
	name  string
	place *Place
}

// ready is a file as it is sent.
type ready struct {
	modified    time.Time // of the file, as is size: with assets from disk it may change
	size        int64
	plain, gzip []byte
	tag         string // a strong ETag but for the suffix of gzip
}

func newFiles(tree fs.FS) *files { return &files{tree: tree, ready: make(map[readyKey]*ready)} }

// errUnbuilt: make web did not run.
var errUnbuilt = errors.New("the page is not built")

// get reads a file, unless it is still as it was.
func (f *files) get(at origin, which file) (*ready, error) {
	if f.tree == nil {
		return nil, errUnbuilt
	}
	info, err := fs.Stat(f.tree, folder+which.name)
	if err != nil {
		return nil, errUnbuilt
	}
	key := readyKey{which.name, at.place}
	f.mu.Lock()
	defer f.mu.Unlock()
	if have := f.ready[key]; have != nil && have.modified.Equal(info.ModTime()) && have.size == info.Size() {
		return have, nil
	}
	data, err := fs.ReadFile(f.tree, folder+which.name)
	if err != nil {
		return nil, err
	}
	if which.isScript() {
		data = append(at.place.prologue(), data...)
	}
	sum := sha256.Sum256(data)
	made := &ready{modified: info.ModTime(), size: info.Size(), plain: data, gzip: compressed(data), tag: hex.EncodeToString(sum[:16])}
	f.ready[key] = made
	return made, nil
}

// compressed is the gzip of a file.
func compressed(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// serve answers with one file.
func (f *files) serve(w http.ResponseWriter, r *http.Request, at origin, which file) {
	content, err := f.get(at, which)
	if err != nil {
		text(w, r, http.StatusServiceUnavailable, "The page is not built yet. Run make web, then start the gateway again.")
		return
	}
	header := w.Header()
	setPolicy(header, at, which.kind)
	header.Set("Content-Type", "text/html; charset=utf-8")
	if which.isScript() {
		header.Set("Content-Type", "text/javascript; charset=utf-8")
	}
	if which.kind == kindScript {
		// Asked for again each time, so that all parts are of one build. Not so the service
		// worker's script: it shares its address with a page.
		header.Set("Cache-Control", "no-cache")
	}
	header.Add("Vary", "Accept-Encoding, Service-Worker")
	data, tag := content.plain, content.tag
	if takesGzip(r) {
		data, tag = content.gzip, tag+"-gzip"
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("ETag", `"`+tag+`"`)
	if which.kind == kindScript && strings.Contains(r.Header.Get("If-None-Match"), tag+`"`) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the client went away: nothing to do
	}
}

// takesGzip reads Accept-Encoding; whoever weighs encodings gets none.
func takesGzip(r *http.Request) bool {
	for entry := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.EqualFold(strings.TrimSpace(entry), "gzip") {
			return true
		}
	}
	return false
}
