package ssh

import "context"

// write is one hand-over to the writer goroutine.
type write struct {
	data   []byte // owned by the writer
	eof    bool   // no data follows, now or later
	result chan error
}

// Write is WriteContext without end.
func (s *Session) Write(p []byte) (int, error) {
	return s.WriteContext(context.Background(), p)
}

// WriteContext sends p to the program's standard input. It returns when the SSH window
// took all of it, or when ctx, the session or the connection ended; then up to 32 KiB
// more than n says may have been sent.
func (s *Session) WriteContext(ctx context.Context, p []byte) (n int, err error) {
	if s.terminal {
		s.client.noteTyped()
	}
	if err := s.takeTurn(ctx); err != nil {
		return 0, err
	}
	defer func() { s.turn <- struct{}{} }()
	for len(p) > 0 {
		chunk := append(s.spare[:0], p[:min(len(p), writeChunk)]...)
		s.spare = nil
		if err := s.handOver(ctx, write{data: chunk, result: make(chan error, 1)}); err != nil {
			return n, err // the writer may still have the chunk
		}
		if len(chunk) == writeChunk { // bulk: more will follow
			s.spare = chunk
		}
		n += len(chunk)
		p = p[len(chunk):]
	}
	return n, nil
}

// CloseWrite tells the program that its standard input ended, after all that was
// written before.
func (s *Session) CloseWrite(ctx context.Context) error {
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer func() { s.turn <- struct{}{} }()
	return s.handOver(ctx, write{eof: true, result: make(chan error, 1)})
}

// takeTurn is a lock that gives up with ctx and with the session.
func (s *Session) takeTurn(ctx context.Context) error {
	if s.over() {
		return s.endError()
	}
	select {
	case <-s.turn:
		return nil
	case <-ctx.Done():
		return cancelError(ctx)
	case <-s.closing:
	case <-s.done:
	}
	return s.endError()
}

func (s *Session) handOver(ctx context.Context, w write) error {
	select {
	case s.writes <- w:
	case <-ctx.Done():
		return cancelError(ctx)
	case <-s.closing:
		return s.endError()
	case <-s.done:
		return s.endError()
	}
	select {
	case err := <-w.result:
		if err != nil {
			return s.writeError(err)
		}
		return nil
	case <-ctx.Done():
		return cancelError(ctx)
	case <-s.closing:
		return s.endError()
	}
}

// writeAll is the writer goroutine: the library's Write knows no context, so that only
// this goroutine waits when the window is used up.
func (s *Session) writeAll() {
	for {
		select {
		case w := <-s.writes:
			if w.eof {
				w.result <- s.ch.CloseWrite()
				continue
			}
			_, err := s.ch.Write(w.data)
			w.result <- err
		case <-s.closing:
			return
		case <-s.done:
			return
		}
	}
}
