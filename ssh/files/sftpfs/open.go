package sftpfs

import (
	"context"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/wire"
)

// files is an fsys.FS over SFTP.
type files struct {
	// Static after Open.
	peer     fsys.Peer
	info     fsys.Info
	resolves bool // the server's realpath follows links
	names    owners
	tools    tools
	down, up *pace.Pace
	buffers  pace.Buffers // for requests

	latency pace.Latency
	more    links

	mu      sync.Mutex
	main    *link // for all but bulk, and for bulk too
	closed  bool
	workers sync.WaitGroup // what Close waits for
}

// Open starts SFTP on a channel of its own. An error when the device has none.
func Open(ctx context.Context, peer fsys.Peer) (fsys.FS, error) {
	f := &files{
		peer: peer, buffers: pace.NewBuffers(plainChunk, largeChunk),
		down: pace.New(peer.Typed), up: pace.New(peer.Typed),
	}
	main, err := dial(ctx, peer)
	if err != nil {
		return nil, err
	}
	f.main = main
	// OpenSSH's follows links; what only tidies the text of a path has no fstatvfs either.
	_, f.resolves = main.client.HasExtension("fstatvfs@openssh.com")
	// Beside the next question, and not before SFTP is known to be there: a device without
	// it gets no exec from here.
	found := make(chan tools, 1)
	probing, stop := context.WithCancel(ctx)
	defer stop()
	f.work(func() { found <- f.findTools(probing) })
	home, err := call(ctx, f, func(l *link) (string, error) { return l.client.RealPath(".") })
	if err != nil {
		_ = f.Close() // the error says more
		return nil, f.explain(ctx, "open", ".", err)
	}
	select {
	case f.tools = <-found:
	case <-time.After(probeWait + time.Second): // a server that closes no channel holds nobody up
	}
	f.info = fsys.Info{Kind: fsys.SFTP, Home: home, Hash: f.tools.hash != "", Gzip: f.tools.gzip}
	return f, nil
}

func (f *files) Info() fsys.Info { return f.info }

// Close ends the channels.
func (f *files) Close() error {
	f.mu.Lock()
	f.closed = true
	main := f.main
	f.mu.Unlock()
	done := make(chan struct{})
	go main.close() // may wait for the server
	go func() {
		for _, l := range append(f.endLinks(true), main) {
			<-l.ended
		}
		f.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(closeWait): // what does not answer ends with the connection
	}
	return nil
}

// link gives the channel for requests; a new one when the server's process was killed.
func (f *files) link(ctx context.Context) (*link, error) {
	f.mu.Lock()
	main, closed := f.main, f.closed
	f.mu.Unlock()
	if closed {
		return nil, failure(wire.CodeClosed, nil, "The device's files were closed.")
	}
	if main.alive() {
		return main, nil
	}
	fresh, err := dial(ctx, f.peer)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		fresh.close()
		return nil, failure(wire.CodeClosed, nil, "The device's files were closed.")
	case f.main != main: // another call was quicker
		fresh.close()
	default:
		f.main = fresh
	}
	return f.main, nil
}

// work runs what Close waits for; false when it is closed already.
func (f *files) work(do func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.workers.Go(do)
	return true
}

// call runs one request. When ctx ends, it returns; the answer is then nobody's.
func call[T any](ctx context.Context, f *files, request func(*link) (T, error)) (T, error) {
	var none T
	l, err := f.link(ctx)
	if err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	began := time.Now()
	ok := f.work(func() {
		value, err := request(l)
		done <- result{value, err}
	})
	if !ok {
		return none, failure(wire.CodeClosed, nil, "The device's files were closed.")
	}
	select {
	case r := <-done:
		f.latency.Note(time.Since(began))
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// do is call for requests without a value.
func do(ctx context.Context, f *files, request func(*link) error) error {
	_, err := call(ctx, f, func(l *link) (struct{}, error) { return struct{}{}, request(l) })
	return err
}
