package sftpfs

import (
	"context"
	"os"
	"sync"

	"github.com/pkg/sftp"

	"porthole/ssh/files/pace"
)

// stripe is one file, open on one channel or on several.
type stripe struct {
	files *files
	path  string
	pace  *pace.Pace

	main    *handle
	mu      sync.Mutex
	handles []*handle // main first
	spreads bool      // of the one goroutine that dispatches

	pending sync.WaitGroup // requests, and whoever makes them
}

type handle struct {
	link *link
	file *sftp.File
	busy int // bytes on their way, guarded by the stripe's mu
}

// openStripe opens a file on the main channel.
func (f *files) openStripe(ctx context.Context, p string, flags int, pace *pace.Pace) (*stripe, error) {
	if err := valid(p); err != nil {
		return nil, err
	}
	h, err := call(ctx, f, func(l *link) (*handle, error) {
		file, err := l.client.OpenFile(p, flags)
		if err == nil && ctx.Err() != nil {
			_ = file.Close() // nobody waits for it any more
			return nil, ctx.Err()
		}
		return &handle{link: l, file: file}, err
	})
	if err != nil {
		return nil, err
	}
	return &stripe{files: f, path: p, pace: pace, main: h, handles: []*handle{h}}, nil
}

// pick takes the least busy handle for n bytes.
func (s *stripe) pick(n int) *handle {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := s.main
	for _, h := range s.handles[1:] {
		if h.busy < best.busy && h.link.alive() {
			best = h
		}
	}
	best.busy += n
	return best
}

func (s *stripe) put(h *handle, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.busy -= n
}

// run does one request of n bytes in a goroutine, on the least busy channel. When that is
// one of the additional ones and it broke, the main one does it.
func (s *stripe) run(t pace.Ticket, n int, request func(*sftp.File) error, done func(error)) {
	h := s.pick(n)
	s.pending.Add(1)
	ok := s.files.work(func() {
		defer s.pending.Done()
		err := request(h.file)
		if err != nil && lost(err) && h != s.main {
			err = request(s.main.file)
		}
		s.put(h, n)
		t.Done(err == nil)
		done(err)
	})
	if !ok {
		s.pending.Done()
		s.put(h, n)
		t.Done(false)
		done(os.ErrClosed)
	}
}

// chunk is how many bytes a request should carry now.
func (s *stripe) chunk() int { return s.pace.Chunk(s.main.link.chunk) }

// close closes the file on all its channels, once nothing is under way on them.
func (s *stripe) close() error {
	s.pending.Wait()
	var work sync.WaitGroup
	for _, h := range s.handles[1:] {
		work.Go(func() { _ = h.file.Close() }) // the main one tells
	}
	err := s.main.file.Close()
	work.Wait()
	if s.spreads {
		s.files.leaveLinks()
	}
	return err
}

// closeLater is close for a file in which nobody is interested any more.
func (s *stripe) closeLater() {
	s.files.work(func() { _ = s.close() }) // when all is closed, the channel ends it
}
