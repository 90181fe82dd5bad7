// Package forwards gives each forward an origin of its own and serves the few static
// files there: the bridge, the service worker, and a bootstrap page for
// navigations that reach the gateway because no service worker answered them. Everything
// else on such an origin is 421: device pages come through the tunnel in the person's
// browser and never through the gateway.
//
// An origin is named by an id that is stable for one person and target, and that nobody
// can guess (docs/protocol.md §5). The gateway keeps no list of ids: whoever opens an
// unknown one gets the same static files and no tunnel.
//
// Nothing here reaches the API, and cookies are neither set nor read but on spare ports,
// where a login decides whose port it is.
package forwards
