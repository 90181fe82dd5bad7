package edge

import (
	"net/http"
	"strings"
)

// hstsYear is how long browsers insist on https after one visit, in seconds (RFC 6797 §6.1.1).
const hstsYear = "max-age=31536000"

// Policy is what the pages of a site may do beyond the common policy.
type Policy struct {
	// Frames are the sources that the pages may frame beside our own downloads.
	Frames string
	// Popups keeps a tab that a page opens able to reach its opener.
	Popups bool
}

// SecurityHeaders sets what every answer carries. An answer outside any site (a wrong
// host name, a probe) is no page, so its policy allows nothing.
func SecurityHeaders(h http.Header, site Site, p Policy) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "+
		"magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=(), serial=(), hid=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if p.Popups {
		h.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
	}
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Origin-Agent-Cluster", "?1")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", policy(site, p.Frames))
	if site.Secure() {
		h.Set("Strict-Transport-Security", hstsYear)
	}
}

// ClosedPolicy is the policy of answers that are data and never a page of ours: even
// when a browser shows one as a document it runs nothing.
const ClosedPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// policy is the Content-Security-Policy of our pages and of the worker's script, whose
// own header decides for wasm in it. Inline styles are allowed because the terminal's
// DOM renderer needs them; nothing else inline is.
func policy(site Site, frames string) string {
	if site.Host == "" {
		return ClosedPolicy
	}
	// A download is asked for by a hidden frame; the service worker of that path answers.
	frames = strings.TrimSpace(site.Origin() + "/dl/ " + frames)
	return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
		"connect-src 'self' " + site.WebsocketOrigin() + "; worker-src 'self'; img-src 'self' data: blob:; " +
		"font-src 'self'; frame-src " + frames + "; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}
