package forward

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/textproto"
	"time"
)

// Header is the fields of a request or an answer, by their canonical names.
type Header = textproto.MIMEHeader

// Dial opens one byte stream to the target.
type Dial func(ctx context.Context) (net.Conn, error)

// Target is the one server that a forward reaches, as seen from the device.
type Target struct {
	Scheme string // http or https
	Host   string
	Port   int
}

// Config says how to reach the target.
type Config struct {
	Target Target
	Dial   Dial
	// Certificate decides about what an https target shows, leaf first; an error ends the
	// handshake and is what the request fails with. nil refuses every certificate.
	Certificate func(ctx context.Context, chain []*x509.Certificate) error
	// Origin is the forward's own origin as the browser sees it: Origin and Referer
	// headers that name it are rewritten to the target's.
	Origin string
	// HeadLimit is how long the device may take to begin an answer; 0 is 60 s.
	HeadLimit time.Duration
	// MaxConns is how many TCP connections may be open at once; 0 is 64. Streams hold one
	// each, so it must be well above the number of streams a page keeps.
	MaxConns int
	// Now may be nil.
	Now func() time.Time
}

// Request is one request of a page.
type Request struct {
	Method string
	// Path is path and query as the browser encoded them; it begins with "/".
	Path   string
	Header Header
	// Body may be nil. It is read to its end or until the request fails, and not closed.
	Body io.Reader
	// Size is the number of bytes in Body, -1 without one.
	Size int64
	// Referrer is the URL of the asking page on the forward's origin, "" when unknown.
	Referrer string
	// Cookies are "name=value" pairs that the browser holds for this URL; they stand for
	// all that are not HttpOnly. nil: the jar alone counts.
	Cookies *string
}

// Response is the head of an answer and its body.
type Response struct {
	Status     int
	StatusText string // printable ASCII
	// Header is as the device sent it but for Set-Cookie and hop-by-hop fields.
	Header Header
	// Cookies are what Set-Cookie changed and a page may see.
	Cookies []Cookie
	// Challenge is set on a 401 that the forward could not answer.
	Challenge *Challenge
	// Body must be read to its end or closed. It is never nil.
	Body io.ReadCloser
	// Length of the body, -1 when unknown.
	Length int64
}

// Cookie is one that the browser may keep for this origin: host-only, never HttpOnly.
type Cookie struct {
	Name, Value, Path string
	Expires           time.Time // zero: until the browser closes; past: delete
	SameSite          SameSite
}

// SameSite says with which requests of other sites a cookie goes.
type SameSite int

// What Set-Cookie says of it; Default is nothing that is known.
const (
	SameSiteDefault SameSite = iota
	SameSiteLax
	SameSiteStrict
	SameSiteNone
)

// Challenge is what a 401 asks for.
type Challenge struct {
	Scheme  string // basic or digest
	Realm   string
	Refused bool // a credential was sent and not accepted
}

// Stats counts what a forward did.
type Stats struct {
	Connections, Dials int64 // open now; ever
	BytesIn, BytesOut  int64 // from and to the target, without TLS's own
}
