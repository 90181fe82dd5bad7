package ports

import (
	"context"
	"net"
	"time"
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
	// Title of the page, as text, at most 80 characters; "" of a redirect.
	Title string
}

// Dial opens a connection to the port.
type Dial func(ctx context.Context) (net.Conn, error)

const (
	dialLimit   = 5 * time.Second
	bannerLimit = 300 * time.Millisecond // SSH, SMTP, FTP, VNC and MySQL speak first
	answerLimit = 3 * time.Second
	maxAnswer   = 64 << 10 // bytes; a title stands near the beginning
)

const request = "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Porthole\r\nAccept: text/html\r\nConnection: close\r\n\r\n"

// Probe says what speaks on a port, after one GET of "/" and, where that is met by a
// closed door, the first message of TLS. It follows no redirect, sends no credential, and
// ends within about 12 s whatever the port does. It must not be used on a port that is
// marked [Never].
func Probe(ctx context.Context, dial Dial) Result {
	answer, ok := ask(ctx, dial, bannerLimit, []byte(request))
	if !ok {
		return Result{Kind: KindClosed}
	}
	result := classify(answer.bytes)
	// A TLS server takes the request for a broken record: many say so by an alert or in
	// words, others only hang up.
	if len(answer.bytes) == 0 && answer.ended {
		if hello, ok := ask(ctx, dial, 0, clientHello()); ok && isTLS(hello.bytes) {
			result.Kind = KindHTTPS
		}
	}
	return result
}

// answer is what a port sent.
type answer struct {
	bytes []byte
	ended bool // by the port, not by our limit
}

// ask dials, gives the port the time to speak first, then sends a message and reads until
// the answer is whole, ends or takes too long. False means that nothing could be dialed.
func ask(ctx context.Context, dial Dial, patience time.Duration, message []byte) (answer, bool) {
	dialContext, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	conn, err := dial(dialContext)
	if err != nil {
		return answer{}, false
	}
	// An SSH channel has no deadlines. The goroutines end with the connection, and are not
	// waited for: a device that is gone does not confirm that its channel is closed.
	done := make(chan struct{})
	defer func() {
		close(done)
		_ = conn.Close()
	}()
	pieces := make(chan []byte)
	go readPieces(conn, pieces, done)

	var a answer
	if patience > 0 && !a.gather(ctx, pieces, patience, func([]byte, int) bool { return true }) {
		return a, true
	}
	go func() { _, _ = conn.Write(message) }()
	a.gather(ctx, pieces, answerLimit, enough)
	return a, true
}

// gather appends what comes until it is enough, and reports whether the port is still to
// be spoken to: it said nothing and did not hang up.
func (a *answer) gather(ctx context.Context, pieces <-chan []byte, limit time.Duration, enough func(b []byte, seen int) bool) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case piece, ok := <-pieces:
			if !ok {
				a.ended = true
				return false
			}
			seen := len(a.bytes)
			a.bytes = append(a.bytes, piece[:min(len(piece), maxAnswer-seen)]...)
			if len(a.bytes) == maxAnswer || enough(a.bytes, seen) {
				return false
			}
		case <-timer.C:
			return len(a.bytes) == 0
		case <-ctx.Done():
			return false
		}
	}
}

func readPieces(conn net.Conn, pieces chan<- []byte, done <-chan struct{}) {
	defer close(pieces)
	for {
		buffer := make([]byte, 4<<10)
		n, err := conn.Read(buffer)
		if n > 0 {
			select {
			case pieces <- buffer[:n]:
			case <-done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}
