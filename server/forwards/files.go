package forwards

// folder of the tree that make web fills with what lives on a forward's origin.
const folder = "fwd/"

// Paths of our own on an origin of a forward; web/src/forward/protocol.ts has them too.
const (
	ownPath    = "/.fwd/"
	workerPath = "/" // to requests for a service worker's script alone
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

func (f file) isScript() bool { return f.kind == kindScript || f.kind == kindWorker }

// forwardFiles are served where device pages live, viewerFiles beside them on a second
// site. The shim is not among them: the service worker has it, and a page without one of
// ours, such as a sandboxed frame, may not load it from here anyway (it is another origin).
var (
	forwardFiles = map[string]file{
		ownPath + "bridge":       {"bridge.html", kindBridge},
		ownPath + "bridge.js":    {"bridge.js", kindScript},
		ownPath + "bootstrap.js": {"bootstrap.js", kindScript},
	}
	viewerFiles = map[string]file{
		viewerPath:            {"viewer.html", kindViewer},
		ownPath + "viewer.js": {"viewer.js", kindScript},
	}
	bootstrap = file{"bootstrap.html", kindBootstrap}
	worker    = file{"sw.js", kindWorker}
)
