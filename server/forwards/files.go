package forwards

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
)

// folder of the tree that make web fills with what lives on a forward's origin.
const folder = "fwd/"

// Paths of our own on an origin of a forward; web/src/forward/protocol.ts has them too.
const (
	ownPath    = "/.fwd/"
	workerPath = ownPath + "sw.js"
	viewerPath = ownPath + "viewer"
)

// kind says how a file is served.
type kind int

const (
	kindBridge    kind = iota + 1 // hidden frame in the app or the viewer
	kindViewer                    // top-level page of the second site
	kindBootstrap                 // stands in for a device page without a service worker
	kindScript
	kindWorker // the service worker's script
)

// file is one of the static files.
type file struct {
	name string
	kind kind
}

// forwardFiles are served where device pages live, viewerFiles beside them on a second
// site.
var (
	forwardFiles = map[string]file{
		ownPath + "bridge":       {"bridge.html", kindBridge},
		workerPath:               {"sw.js", kindWorker},
		ownPath + "bridge.js":    {"bridge.js", kindScript},
		ownPath + "bootstrap.js": {"bootstrap.js", kindScript},
		ownPath + "shim.js":      {"shim.js", kindScript},
	}
	viewerFiles = map[string]file{
		viewerPath:            {"viewer.html", kindViewer},
		ownPath + "viewer.js": {"viewer.js", kindScript},
	}
	bootstrap = file{"bootstrap.html", kindBootstrap}
)

// files reads the tree.
type files struct{ tree fs.FS }

func newFiles(tree fs.FS) *files { return &files{tree: tree} }

// errUnbuilt: make web did not run.
var errUnbuilt = errors.New("the page is not built")

func (f *files) read(name string) ([]byte, error) {
	if f.tree == nil {
		return nil, errUnbuilt
	}
	data, err := fs.ReadFile(f.tree, folder+name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errUnbuilt
	}
	return data, err
}

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

// serve answers with one file.
func (f *files) serve(w http.ResponseWriter, r *http.Request, at origin, which file) {
	data, err := f.read(which.name)
	if err != nil {
		text(w, r, http.StatusServiceUnavailable, "The page is not built yet. Run make web, then start the gateway again.")
		return
	}
	header := w.Header()
	switch which.kind {
	case kindScript, kindWorker:
		header.Set("Content-Type", "text/javascript; charset=utf-8")
		data = append(at.place.prologue(), data...)
	default:
		header.Set("Content-Type", "text/html; charset=utf-8")
	}
	setPolicy(header, at, which.kind)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(data) // the client went away: nothing to do
}
