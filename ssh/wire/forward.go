package wire

import "time"

// PlainForwards says what happens to forwards whose bytes gateway and platform can read:
// http over a passthrough configuration that points straight at a port.
type PlainForwards string

// The three answers; any other counts as deny.
const (
	PlainForwardsDeny  PlainForwards = "deny"
	PlainForwardsAsk   PlainForwards = "ask"
	PlainForwardsAllow PlainForwards = "allow"
)

// ForwardsKind says where the pages of forwards live.
type ForwardsKind string

// Kinds of forward origins. ForwardsOff is the zero value.
const (
	ForwardsOff        ForwardsKind = ""
	ForwardsSubdomain  ForwardsKind = "subdomain"   // <id>.fwd.HOST, same site as the page
	ForwardsSecondSite ForwardsKind = "second-site" // <id>.OTHER, shown in a viewer tab there
	ForwardsPorts      ForwardsKind = "ports"       // spare ports of the page's host: they share cookies
)

// ForwardsInfo is the part of GatewayInfo that the ports panel needs.
type ForwardsInfo struct {
	Kind  ForwardsKind  `json:"kind"`
	Plain PlainForwards `json:"plain"`
	// Viewer is the URL of the viewer page, "" unless Kind is ForwardsSecondSite.
	Viewer string `json:"viewer"`
}

// ForwardRequest is the body of POST /api/forwards: which one target the page wants an
// origin for.
type ForwardRequest struct {
	Device DeviceID `json:"device"`
	Scheme string   `json:"scheme"` // http or https
	Host   string   `json:"host"`   // as seen from the device; loopback names are one
	Port   int      `json:"port"`
}

// ForwardOrigin is the answer: the same target gets the same origin each time, another
// person another one.
type ForwardOrigin struct {
	ID     string `json:"id"`     // ForwardIDLength characters of base32, lower case
	Origin string `json:"origin"` // scheme and host only
}

// ForwardIDLength is the length of a forward's id: 26 base32 characters, 130 bits of an
// HMAC-SHA-256 (docs/protocol.md §5).
const ForwardIDLength = 26

// ConnectionEvent is the body of POST /api/connections/{reference}/events: something that
// happened inside the connection, which only the client can see. The gateway writes it to
// its log as attested by the client; nothing waits for it.
type ConnectionEvent struct {
	Type ConnectionEventType `json:"type"`

	// The next are of forward_… events. Destination is "host:port" as seen from the device.
	Destination string `json:"destination,omitempty"`
	Scheme      string `json:"scheme,omitempty"` // http or https
	// Plain is true when gateway and platform can read the bytes.
	Plain bool `json:"plain,omitempty"`
	// BytesIn and BytesOut count from and to the device; with forward_closed.
	BytesIn  int64 `json:"bytesIn,omitempty"`
	BytesOut int64 `json:"bytesOut,omitempty"`
	Requests int64 `json:"requests,omitempty"`
	// Refused is why the device refused the destination; with forward_refused.
	Refused string `json:"refused,omitempty"`

	// The next are of transfer_finished. Bytes and Files are what was carried, of a folder
	// or of several files that were reported together.
	Direction TransferDirection `json:"direction,omitempty"`
	Result    TransferResult    `json:"result,omitempty"`
	Bytes     int64             `json:"bytes,omitempty"`
	Files     int64             `json:"files,omitempty"`
	// Path on the device, and SHA-256 of a file in lower-case hex: only for gateways with
	// FilesInfo.LogPaths. A byte of a path that is no UTF-8 is U+EF00 + byte.
	Path   string `json:"path,omitempty"`
	SHA256 string `json:"sha256,omitempty"`

	// At is the client's clock.
	At time.Time `json:"at"`
}

// ConnectionEventType names an event.
type ConnectionEventType string

// Events that the gateway takes.
const (
	EventForwardOpened  ConnectionEventType = "forward_opened"
	EventForwardClosed  ConnectionEventType = "forward_closed"
	EventForwardRefused ConnectionEventType = "forward_refused"

	EventTransferFinished ConnectionEventType = "transfer_finished"
)

// Query parameters of the client's websocket that only the gateway reads; the tenant never
// sees them.
const (
	// QueryReference is a random UUID of the page's making, under which it reports events
	// of this connection.
	QueryReference = "reference"
	// QueryPlain is "1" on a websocket that will carry a forward's http without SSH or TLS.
	QueryPlain = "plain"
)
