// Package wire holds the facts that clients and the gateway share: paths, the
// websocket subprotocol, close codes, error codes, limits and JSON types.
//
// It is a leaf: it imports nothing of ours, no third party and not net/http, so
// that the browser's wasm, the native CLI and the server can all afford it.
//
// Sources: docs/protocol.md (ours), and for everything under /service, /inventory,
// /tenant the behaviour of the platform that docs/protocol.md §1 describes.
package wire
