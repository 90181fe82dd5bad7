// Package tunnel carries the bytes of one connection over the passthrough websocket
// of docs/protocol.md §1 and hands them to the SSH client as a net.Conn.
//
// The exported API is the same natively and in the browser; what differs lives in
// files ending in _native.go and _js.go:
//
//   - Natively [Dial] opens the websocket with github.com/coder/websocket. The HTTP
//     status and the JSON body of a refused upgrade are in the [DialError].
//   - Under GOOS=js the caller hands in [Options].Open, because browser calls live
//     in wasm/ only (wasm/jssocket has it). The library's own js connection is not
//     used: it drops the close code and the reason, may drop queued messages when
//     the close event is there before they are read, cannot be cancelled while it
//     dials (browsers refuse the close codes it sends), and does not tell how much
//     is waiting to be sent. A browser does not tell why an upgrade was refused
//     either: ask GET /api/refusals.
//
// Rules, on both: only binary messages go out, each of at most [MaxMessage] bytes.
// Text that comes in counts as bytes, empty messages are skipped, and a message may
// have any size: a byte is delayed, never dropped. What came before the close is
// delivered before the end is reported.
//
// Memory: natively at most 1 MiB waits unread and TCP slows the sender. A browser's
// WebSocket has no such brake, so there the bound is the SSH window above (2 MiB per
// channel); a peer that ignores it is cut off at [MaxUnread]. Outgoing bytes wait in
// Write while more than 1 MiB is unsent.
//
// Deadlines work as net.Conn says, with one exception shared with crypto/tls: a
// native write that runs into its deadline has cut a message in half, so it ends
// the tunnel.
package tunnel
