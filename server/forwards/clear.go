package forwards

import (
	"net/http"

	"porthole/ssh/wire"
)

// clear is POST /.fwd/clear from the bridge: the browser forgets what device pages kept
// on this origin. Cookies are taken back one by one, because Clear-Site-Data: "cookies"
// means the whole site, and with it the login of the app beside us (Clear Site Data §3.1).
func (o *Origins) clear(w http.ResponseWriter, r *http.Request, at origin) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		text(w, r, http.StatusMethodNotAllowed, "This address only answers POST.")
		return
	}
	if r.Header.Get("Sec-Fetch-Site") != "same-origin" || r.Header.Get("Origin") != at.site.Origin() {
		text(w, r, http.StatusForbidden, "Only the page itself may clear its data.")
		return
	}
	header := w.Header()
	header.Set("Clear-Site-Data", `"cache", "storage"`)
	if at.place.mirrors() {
		expireCookies(header, r)
	}
	w.WriteHeader(http.StatusNoContent)
}

// mirrors tells whether device cookies may be in the browser's jar: spare ports share one
// jar with the app and with each other.
func (p *Place) mirrors() bool { return p.Kind != wire.ForwardsPorts }

// maxExpired bounds the answer: browsers keep at most 180 cookies of a site.
const maxExpired = 200

// expireCookies takes back what the browser sent for this very host.
func expireCookies(header http.Header, r *http.Request) {
	seen := make(map[string]bool)
	for _, cookie := range r.Cookies() {
		if seen[cookie.Name] || len(seen) == maxExpired {
			continue
		}
		seen[cookie.Name] = true
		gone := http.Cookie{Name: cookie.Name, Path: "/", MaxAge: -1, Secure: true}
		header.Add("Set-Cookie", gone.String())
	}
}
