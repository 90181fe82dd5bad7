package forward

import (
	"errors"
	"io"
	"sync"

	"porthole/ssh/wire"
)

// answerBody is the body of an answer. Its end gives the connection back.
type answerBody struct {
	x    *exchange
	once sync.Once
	err  error // after the end; owned by the reader
}

// Read reads from the device, no further than the caller pulls.
func (b *answerBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.x.resp.body.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.err = io.EOF
		b.once.Do(b.x.finish)
	default:
		b.err = b.x.c.explainBody(err)
		b.once.Do(func() { b.x.drop(b.err) })
	}
	return n, b.err
}

// Close ends the answer; a Read under way fails. It may be called from any goroutine.
func (b *answerBody) Close() error {
	b.once.Do(func() {
		b.x.drop(&Error{Code: wire.CodeCancelled, Message: "Cancelled."})
	})
	return nil
}

// noBody is the body of an answer that has none.
type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }
func (noBody) Close() error             { return nil }
