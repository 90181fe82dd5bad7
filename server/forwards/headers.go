package forwards

import (
	"net/http"

	"porthole/server/edge"
)

// setHeaders sets what every answer of a forward's origin carries. No document may be
// kept: a bootstrap page must never stand in for a device page.
func setHeaders(h http.Header, site edge.Site) {
	edge.SecurityHeaders(h, site, edge.Policy{})
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", edge.ClosedPolicy)
}

// setPolicy says what one of our documents or scripts may do, and who may frame it.
func setPolicy(h http.Header, at origin, k kind) {
	const common = "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; " +
		"style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
	h.Del("X-Frame-Options") // it knows no list; frame-ancestors decides
	switch k {
	case kindBridge:
		h.Set("Content-Security-Policy", common+"frame-src 'none'; frame-ancestors "+at.place.ancestors())
	case kindBootstrap:
		h.Set("Content-Security-Policy", common+"frame-src 'none'; frame-ancestors 'self' "+at.place.ancestors())
	case kindViewer:
		h.Set("Content-Security-Policy", common+"frame-src "+at.place.sources()+"; frame-ancestors 'none'")
		// The app hands its ports over through the viewer's opener.
		h.Set("Cross-Origin-Opener-Policy", "unsafe-none")
	case kindWorker:
		h.Set("Service-Worker-Allowed", "/")
		h.Set("Content-Security-Policy", common+"frame-ancestors 'none'")
	default:
		h.Set("Content-Security-Policy", common+"frame-ancestors 'none'")
	}
}
