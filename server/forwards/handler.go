package forwards

import (
	"html"
	"net/http"
	"strings"

	"porthole/server/edge"
)

// ServeHTTP answers for every origin of a forward. Requests for a device page come here
// only when no service worker took them.
func (o *Origins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at, found := o.find(r.Host)
	if !found {
		edge.SecurityHeaders(w.Header(), edge.Site{}, edge.Policy{})
		text(w, r, http.StatusMisdirectedRequest, "This gateway does not answer to that host name.")
		return
	}
	setHeaders(w.Header(), at.site)
	path := r.URL.EscapedPath()
	switch {
	case r.Header.Get("Service-Worker") != "":
		o.serveWorker(w, r, at, path)
	case at.label == viewerLabel:
		o.serveOwn(w, r, at, viewerFiles, path)
	case strings.HasPrefix(path, ownPath):
		o.serveOwn(w, r, at, forwardFiles, path)
	case isNavigation(r) && isRead(r):
		o.files.serve(w, r, at, bootstrap)
	default:
		misdirected(w, r)
	}
}

// serveWorker answers whoever registers a service worker. Ours has the address "/":
// Chromium lets a service worker read the cookies of addresses below its script's alone.
// A device page's own would take its place.
func (o *Origins) serveWorker(w http.ResponseWriter, r *http.Request, at origin, path string) {
	if path != workerPath || r.URL.RawQuery != "" || !isRead(r) || at.label == viewerLabel {
		text(w, r, http.StatusForbidden, "A service worker of the device's page cannot be used here: the tunnel needs that place.")
		return
	}
	o.files.serve(w, r, at, worker)
}

func (o *Origins) serveOwn(w http.ResponseWriter, r *http.Request, at origin, list map[string]file, path string) {
	which, found := list[path]
	switch {
	case !found:
		text(w, r, http.StatusNotFound, "There is nothing at this address.")
	case !isRead(r):
		w.Header().Set("Allow", "GET, HEAD")
		text(w, r, http.StatusMethodNotAllowed, "This address only answers GET.")
	default:
		if which.kind == kindBridge {
			o.emptyPort(w, r, at)
		}
		o.files.serve(w, r, at, which)
	}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// isNavigation tells whether a page or a frame is loaded. Browsers without Sec-Fetch-Dest
// ask for HTML first when they navigate.
func isNavigation(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "":
		return strings.Contains(r.Header.Get("Accept"), "text/html")
	default:
		return false
	}
}

// misdirected answers what only the device could answer, and says why it came here.
func misdirected(w http.ResponseWriter, r *http.Request) {
	const status = http.StatusMisdirectedRequest
	switch {
	case isNavigation(r):
		text(w, r, status, "Nothing was sent to the device: this tab lost its tunnel. Go back, load the page again, then send the form again.")
	case r.Header.Get("Upgrade") != "":
		text(w, r, status, "A WebSocket of this page went past the tunnel. Load the page again.")
	default:
		text(w, r, status, "This request went past the tunnel, so the device did not get it. "+
			"A synchronous XMLHttpRequest cannot pass the tunnel in this browser; the page must use an asynchronous one, or fetch. "+
			"Anything else: open the device in Porthole and load this page again.")
	}
}

// text answers with one sentence; a person who navigated sees it as a page.
func text(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	body := sentence + "\n"
	header.Set("Content-Type", "text/plain; charset=utf-8")
	if isNavigation(r) {
		header.Set("Content-Type", "text/html; charset=utf-8")
		body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Porthole</title><p>` +
			html.EscapeString(sentence) + "</p>\n"
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(body)) // the client went away: nothing to do
	}
}
