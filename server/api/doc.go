// Package api is the gateway's HTTP surface behind the edge: sign-in and sign-out, the
// allow-listed paths of the platform, and the client's websocket.
//
// # Who calls
//
// A browser proves itself by our own cookie, and then every request must come from our
// own pages (same origin): a cookie goes along with requests that foreign pages cause.
// A command line client brings the tenant's proof with each request: Authorization,
// the query parameter token, or the tenant's cookie with its XSRF token. A foreign page
// cannot make a browser add those, so only the host of an Origin, when there is one, must
// be ours.
//
// # What passes
//
// docs/protocol.md §1 is an allow-list of methods and paths; everything else is 404. The
// tenant gets the proof of the caller and a few harmless headers, never our cookie or
// foreign ones. The tenant's answers lose their cookies and everything that speaks to a
// browser rather than to the caller.
package api
