//go:build js

package bridge

import (
	"context"
	"io"
	"sync"
	"time"
)

const (
	// piecesAhead is how many pieces wait for JavaScript; one more is being read, and one
	// is being handed over.
	piecesAhead = 2
	// pieceTime is how long a piece gathers before it crosses although it is not full.
	pieceTime = 50 * time.Millisecond
)

// pieces are bytes of a file that are read ahead of JavaScript, in pieces of maxPiece.
// Unlike readAhead, which serves streams that trickle, each byte is copied only once on
// its way into JavaScript.
type pieces struct {
	ready chan []byte // closed at the end
	err   error       // why it ended: io.EOF at the end of the file; set before ready is closed
}

// pieceBuffers are as large as a piece: files come and go by the thousand.
var pieceBuffers = sync.Pool{New: func() any { return new([maxPiece]byte) }}

// readPieces reads source to its end, or that of ctx, and closes it.
func readPieces(ctx context.Context, source io.ReadCloser) (p *pieces, run func()) {
	p = &pieces{ready: make(chan []byte, piecesAhead)}
	return p, func() {
		_, p.err = guarded(func() (struct{}, error) { return struct{}{}, p.gather(ctx, source) })
		close(p.ready)
		_ = source.Close() // all of it was read, or nobody wants the rest
	}
}

func (p *pieces) gather(ctx context.Context, source io.Reader) error {
	for {
		piece, err := nextPiece(source)
		if len(piece) > 0 {
			select {
			case p.ready <- piece:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		} else {
			freePiece(piece)
		}
		if err != nil {
			return err
		}
	}
}

// nextPiece reads until a piece is full, or has gathered for a while.
func nextPiece(source io.Reader) ([]byte, error) {
	buffer, _ := pieceBuffers.Get().(*[maxPiece]byte)
	begin, n := time.Now(), 0
	for n < maxPiece {
		m, err := source.Read(buffer[n:])
		n += m
		if err != nil {
			return buffer[:n], err
		}
		if time.Since(begin) > pieceTime && n > 0 {
			break
		}
	}
	return buffer[:n], nil
}

// freePiece gives the memory of a piece back.
func freePiece(piece []byte) { pieceBuffers.Put((*[maxPiece]byte)(piece[:maxPiece])) }
