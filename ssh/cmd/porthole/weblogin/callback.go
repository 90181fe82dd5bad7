package weblogin

import (
	"context"
	"crypto/subtle"
	"fmt"
	"html"
	"net/http"
	"sync/atomic"

	"porthole/ssh/cmd/porthole/fault"
)

// callback answers the browser that comes back.
type callback struct {
	host   string // of the listener: a name that leads here is another site's
	state  string
	answer Answer
	redeem func(context.Context, Answer) error
	taken  atomic.Bool
	done   chan error
}

// maxCode is the longest code that is looked at.
const maxCode = 512

// ServeHTTP takes the first answer that has the state. All others get a page that says
// so, and change nothing: otherwise any page could end the sign-in.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	state, codes, refusals := query["state"], query["code"], query["error"]
	switch {
	case r.Host != c.host || r.URL.Path != callbackPath:
		page(w, http.StatusNotFound, "Nothing is here", "Porthole waits at another address of this machine.")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		page(w, http.StatusMethodNotAllowed, "Not understood", "This address only answers GET.")
	case len(state) != 1 || subtle.ConstantTimeCompare([]byte(state[0]), []byte(c.state)) != 1:
		page(w, http.StatusBadRequest, "Not the answer", "This answer belongs to another sign-in. Go back to the terminal, and open the address that it shows.")
	case len(codes)+len(refusals) != 1 || len(codes) == 1 && (codes[0] == "" || len(codes[0]) > maxCode):
		page(w, http.StatusBadRequest, "Not understood", "This answer cannot be read. Run porthole login once more.")
	case !c.taken.CompareAndSwap(false, true):
		page(w, http.StatusConflict, "Answered already", "This sign-in has its answer. The terminal says how it went.")
	case len(refusals) == 1:
		page(w, http.StatusOK, "Not signed in", "You said no. You can close this tab.")
		c.done <- fault.New(fault.SignIn, "You said no in the browser; nothing is signed in.")
	default:
		c.take(w, r, codes[0])
	}
}

// take redeems the code before the browser is told that all went well.
func (c *callback) take(w http.ResponseWriter, r *http.Request, code string) {
	c.answer.Code = code
	// The browser may be closed meanwhile: the sign-in goes on.
	err := c.redeem(context.WithoutCancel(r.Context()), c.answer)
	if err != nil {
		page(w, http.StatusOK, "Not signed in", "The sign-in did not succeed. The terminal says why.")
	} else {
		page(w, http.StatusOK, "Signed in", "porthole is signed in. You can close this tab and go back to the terminal.")
	}
	c.done <- err
}

// page is all that the browser ever gets from here: two texts of ours.
func page(w http.ResponseWriter, status int, title, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, body, html.EscapeString(title), html.EscapeString(title), html.EscapeString(text)) // the browser went away: nothing to do
}

const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>%s – Porthole</title>
<style>body{font:1.0625rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.25rem}h1{font-size:1.5rem}</style>
<h1>%s</h1>
<p>%s</p>
`
