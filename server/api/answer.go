package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// problem is an answer that is no success: a code for machines, a sentence for the
// person, the cause for the log.
type problem struct {
	status     int
	code       wire.ErrorCode
	message    string
	retryAfter time.Duration
	cause      error
}

func (p *problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%s: %v", p.code, p.cause)
	}
	return string(p.code)
}

func (p *problem) Unwrap() error { return p.cause }

func (p *problem) body() wire.ErrorBody { return wire.ErrorBody{Error: p.code, Message: p.message} }

// Problems that occur at several places.
var (
	errNotSignedIn = &problem{
		status: http.StatusUnauthorized, code: wire.CodeNotSignedIn,
		message: "You are not signed in, or your login ended. Sign in again.",
	}
	errForeignOrigin = &problem{
		status: http.StatusForbidden, code: wire.CodeForeignOrigin,
		message: "This request came from another site and was refused. Open the gateway's own page and try again.",
	}
	errNotFound = &problem{
		status: http.StatusNotFound, code: wire.CodeNotFound,
		message: "There is nothing at this address.",
	}
)

func invalid(message string) *problem {
	return &problem{status: http.StatusBadRequest, code: wire.CodeInvalid, message: message}
}

// asProblem maps any error to what is answered.
func asProblem(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &problem{
			status: http.StatusRequestEntityTooLarge, code: wire.CodeInvalid, cause: err,
			message: fmt.Sprintf("The request is larger than %d bytes.", tooLarge.Limit),
		}
	}
	failure := platform.TransportFailure(err)
	return &problem{status: failure.HTTPStatus(), code: failure.Code, message: failure.Message, cause: err}
}

func writeProblem(w http.ResponseWriter, p *problem) {
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	writeJSON(w, p.status, p.body())
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client went away: nothing to do
}

// maxRequest is the largest JSON body of our own paths, in bytes: names, passwords, codes.
const maxRequest = 16 << 10

// bodyTime is how long a body of a few kilobytes may take to arrive: one that never ends
// would hold a socket for nothing, before anyone signed in.
// A variable so that a test need not wait.
var bodyTime = 30 * time.Second

// bounded gives the body of a request with a limit on its time. The limit ends with the
// body: what is read after it, such as that a client went away, has none.
func bounded(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	control := http.NewResponseController(w)
	// A writer without deadlines is a test's recorder, whose bodies are all there.
	_ = control.SetReadDeadline(time.Now().Add(bodyTime))
	return &timedBody{ReadCloser: r.Body, lift: func() { _ = control.SetReadDeadline(time.Time{}) }}
}

type timedBody struct {
	io.ReadCloser
	lift func()
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.lift()
	}
	return n, err
}

// readJSON reads a small JSON body. The content type must say so: a form of a foreign
// page cannot.
func readJSON(w http.ResponseWriter, r *http.Request, into any) *problem {
	return readJSONUpTo(w, r, maxRequest, into)
}

func readJSONUpTo(w http.ResponseWriter, r *http.Request, limit int64, into any) *problem {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &problem{
			status: http.StatusUnsupportedMediaType, code: wire.CodeInvalid,
			message: "The request must be JSON with the content type application/json.",
		}
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, bounded(w, r), limit))
	if err := decoder.Decode(into); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return asProblem(err)
		}
		return invalid("The request is not the JSON that is expected here.")
	}
	if decoder.More() {
		return invalid("The request has more than one JSON value.")
	}
	return nil
}
