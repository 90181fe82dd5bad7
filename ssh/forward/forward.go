package forward

import "context"

// Forward sends requests to one target and opens websockets there. Its methods may be used
// from several goroutines.
type Forward struct{ closed chan struct{} }

// New makes a forward; nothing is dialled yet.
func New(_ Config) (*Forward, error) { return &Forward{closed: make(chan struct{})}, nil }

// Do sends one request and returns at the head of its answer. ctx ends the request at
// every stage, the body of its answer included.
func (f *Forward) Do(_ context.Context, _ *Request) (*Response, error) { return nil, closedError() }

// Socket opens a websocket (RFC 6455); path begins with "/".
func (f *Forward) Socket(_ context.Context, _ string, _ []string) (*Socket, error) {
	return nil, closedError()
}

// SetCredential answers Basic and Digest challenges from now on. It stays in memory.
func (f *Forward) SetCredential(_, _ string) {}

// SetCookie is one assignment of text to document.cookie by a page of that path.
func (f *Forward) SetCookie(_, _ string) {}

// Cookies is document.cookie for a page of that path.
func (f *Forward) Cookies(_ string) string { return "" }

// Clear forgets cookies and credential.
func (f *Forward) Clear() {}

// Stats counts what the forward did so far.
func (f *Forward) Stats() Stats { return Stats{} }

// Close ends every request and websocket. It may be called any number of times.
func (f *Forward) Close() error { return nil }

// Closed is closed once Close was called.
func (f *Forward) Closed() <-chan struct{} { return f.closed }
