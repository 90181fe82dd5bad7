package api

import (
	"net/http"
	"strings"

	"porthole/server/edge"
)

// isUpgrade tells whether a request asks for a websocket.
func isUpgrade(r *http.Request) bool {
	for token := range strings.SplitSeq(strings.Join(r.Header.Values("Upgrade"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(token), "websocket") {
			return true
		}
	}
	return false
}

// fromOwnPage is the check of requests that a cookie proves. An Origin must be exactly
// ours and must be there when the request changes something or opens a websocket;
// Sec-Fetch-Site, where the browser sends it, must say same-origin. On upgrades the
// Origin alone decides, because browsers disagree about Sec-Fetch-Site there.
func fromOwnPage(r *http.Request, site edge.Site) bool {
	origins := r.Header.Values("Origin")
	upgrade := isUpgrade(r)
	if len(origins) > 1 || len(origins) == 1 && origins[0] != site.Origin() {
		return false
	}
	if len(origins) == 0 && (upgrade || r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return false
	}
	fetchSite := r.Header.Get("Sec-Fetch-Site")
	return upgrade || fetchSite == "" || fetchSite == "same-origin"
}

// fromOwnHost is the check of requests that bring the tenant's own proof: an Origin, when
// there is one, must name our host, in whatever scheme.
func fromOwnHost(r *http.Request, site edge.Site) bool {
	for _, origin := range r.Header.Values("Origin") {
		if !site.SameHost(origin) {
			return false
		}
	}
	return true
}
