// Package relay joins the two websockets of one connection: the client's, which the
// gateway accepts, and the tenant's, which it dials. It copies bytes both ways, keeps
// the limits, and gives every end a code and a reason on both sides.
//
// What it promises:
//   - The tenant is dialled before the client is answered, so a refusal is an HTTP
//     error with a reason and never a websocket that closes at once.
//   - No byte is dropped or reordered, only delayed: a slow reader on one side stops
//     the reading on the other. Message boundaries are not kept, because passthrough
//     carries a byte stream (docs/protocol.md §1); text becomes binary, empty messages
//     vanish.
//   - An idle connection holds no copy buffer.
//   - It cannot read what it carries: it links no SSH code, and it logs who, which
//     device, how long and how many bytes, never a header, a token or a connection key.
//
// References: RFC 6455 (websocket), ssh/wire for paths, close codes and error codes.
//
// Caveats: there is no half-close, because passthrough has none; the end of one side
// ends both. The relay sends no pings: they stop at the first proxy, and the SSH
// keep-alive of the client shows whether the whole way is alive.
package relay
