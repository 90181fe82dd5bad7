//go:build js

package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// fakeFS is a device's files that do what a test says; what it does not say is refused.
type fakeFS struct {
	fsys.FS // nil: calling what a test does not say is a failure of the test

	list  func(ctx context.Context, each func([]fsys.Entry) error) error
	entry fsys.Entry
	read  func(ctx context.Context) io.ReadCloser
	write func(ctx context.Context) fsys.Writer

	mu     sync.Mutex
	asked  []string // guarded by mu
	closed bool     // guarded by mu
}

func (f *fakeFS) Info() fsys.Info {
	return fsys.Info{Kind: fsys.Shell, Home: "/home/p\xff", Hash: true, Missing: []string{"stat"}}
}

func (f *fakeFS) note(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, text)
}

func (f *fakeFS) List(ctx context.Context, path string, each func([]fsys.Entry) error) error {
	f.note(path)
	return f.list(ctx, each)
}

func (f *fakeFS) Stat(_ context.Context, path string, _ bool) (fsys.Entry, error) {
	f.note(path)
	if f.entry.Name == "" {
		return f.entry, &fsys.Error{Code: wire.CodeNotFound, Message: "It is not there.", Err: errors.New("status 2")}
	}
	return f.entry, nil
}

func (f *fakeFS) Space(context.Context, string) (fsys.Space, error) {
	return fsys.Space{}, &fsys.Error{Code: wire.CodeUnsupported, Message: "Not here."}
}

func (f *fakeFS) Digest(context.Context, string, int64) (string, error) {
	return "", &fsys.Error{Code: wire.CodeUnsupported, Message: "Not here."}
}

func (f *fakeFS) Hash(context.Context, string, int64) (string, error) {
	return "", &fsys.Error{Code: wire.CodeUnsupported, Message: "Not here."}
}

func (f *fakeFS) Read(ctx context.Context, _ string, o fsys.ReadOptions) (io.ReadCloser, error) {
	source := f.read(ctx)
	if o.Length >= 0 {
		return &stream{Reader: io.LimitReader(source, o.Length), close: source.Close}, nil
	}
	return source, nil
}

func (f *fakeFS) Write(ctx context.Context, _ string, _ fsys.WriteOptions) (fsys.Writer, error) {
	return f.write(ctx), nil
}

func (f *fakeFS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

// stream is a file that is read.
type stream struct {
	io.Reader
	close func() error
}

func (s *stream) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// silent is a stream, and a writer, of a device that never answers.
type silent struct {
	ctx context.Context
}

func (s silent) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, &fsys.Error{Code: wire.CodeCancelled, Message: "Cancelled."}
}

func (s silent) Write([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, &fsys.Error{Code: wire.CodeCancelled, Message: "Cancelled."}
}
func (s silent) Confirmed() int64 { return 0 }
func (s silent) Close() error     { return nil }

// shelf keeps what is written to it.
type shelf struct {
	mu   sync.Mutex
	data bytes.Buffer  // guarded by mu
	full int           // bytes after which the disk is full; 0: never
	gate chan struct{} // when set, each write takes one
}

func (s *shelf) Write(p []byte) (int, error) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 && s.data.Len()+len(p) > s.full {
		return 0, &fsys.Error{Code: wire.CodeNoSpace, Message: "The disk is full."}
	}
	return s.data.Write(p)
}

func (s *shelf) Confirmed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(s.data.Len())
}

func (s *shelf) Close() error { return nil }

var someTime = time.Unix(1_700_000_000, 123_000_000)
