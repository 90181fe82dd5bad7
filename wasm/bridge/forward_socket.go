//go:build js

package bridge

import (
	"context"
	"sync"
	"syscall/js"

	"porthole/ssh/forward"
	"porthole/wasm/jsval"
)

// maxUnsent is how much may wait for the device, in bytes: of one websocket, and of all
// websockets of a forward. A device page is foreign code, which could fill the memory of
// the app's worker otherwise.
const maxUnsent = 64 << 20

// noStatus is a close frame without a code (RFC 6455 §7.4.1).
const noStatus = 1005

// socket is GoSocket of bridge.d.ts.
type socket struct {
	warn   warnFunc
	page   *forward.Socket
	object *object
	closed *jsval.Promise
	output *queue // one writer, so that nothing overtakes

	life context.Context // ends with the websocket, or with the forward
	end  context.CancelCauseFunc

	mu       sync.Mutex
	finished int // guarded by mu; of two: the websocket, and its reader
}

// socket is GoForward.socket.
func (f *forwarding) socket(args []js.Value) any {
	path, pathOK := jsval.String(args[0])
	protocols, protocolsOK := jsval.Strings(args[1])
	cookies, cookiesOK := optionalString(args[2])
	if !pathOK || !protocolsOK || !cookiesOK {
		return rejected(invalid("A websocket needs a path, a list of protocols, and cookies or null."))
	}
	ctx, stop := jsval.WithSignal(f.life, args[3])
	return promise(f.warn, func() (any, error) {
		defer stop()
		page, err := f.pages.Socket(ctx, path, protocols, cookies)
		if err != nil {
			return nil, err
		}
		return newSocket(f.life, f.warn, page, f.unsent).object.value, nil
	})
}

func newSocket(parent context.Context, warn warnFunc, page *forward.Socket, unsent *budget) *socket {
	s := &socket{warn: warn, page: page, object: newObject(), closed: jsval.NewPromise(), output: newQueue(maxUnsent)}
	s.output.shared = unsent
	s.life, s.end = context.WithCancelCause(parent)
	s.object.set("protocol", page.Protocol())
	s.object.method("send", 1, s.send)
	s.object.method("read", 0, s.read)
	s.object.method("close", 2, s.close)
	s.object.set("closed", s.closed.Value)
	s.object.freeze()
	go s.run()
	return s
}

// run writes what is sent until the websocket ended, then says how.
func (s *socket) run() {
	var writer sync.WaitGroup
	writer.Go(func() { s.output.run(s.life) })
	<-s.page.Closed()
	s.end(errClosed)
	writer.Wait()
	end := s.page.End()
	s.closed.Resolve(map[string]any{"code": end.Code, "reason": end.Reason, "clean": end.Clean})
	s.done()
}

// done lets go of the functions when both the websocket and its reader are through:
// what came before the end is read after it.
func (s *socket) done() {
	s.mu.Lock()
	s.finished++
	both := s.finished == 2
	s.mu.Unlock()
	if both {
		s.object.release()
	}
}

func (s *socket) send(args []js.Value) any {
	text, isText := jsval.String(args[0])
	data := []byte(text)
	if !isText {
		bytes, ok := jsval.GoBytes(args[0])
		if !ok {
			return rejected(invalid("A websocket sends text or bytes."))
		}
		data = bytes
	}
	return s.put(int64(len(data)), func(ctx context.Context) error { return s.page.Write(ctx, isText, data) })
}

// close is in order behind what was sent.
func (s *socket) close(args []js.Value) any {
	reason, ok := jsval.String(args[1])
	if !ok || !isInt(args[0], 1000, 4999) {
		return rejected(invalid("A websocket is closed with a code and a reason."))
	}
	code := args[0].Int()
	if code == noStatus {
		code = 0
	}
	return s.put(0, func(context.Context) error { return s.page.Close(code, reason) })
}

// put queues work and returns a promise of its end.
func (s *socket) put(size int64, work func(ctx context.Context) error) js.Value {
	p := jsval.NewPromise()
	s.output.put(job{size: size, run: work, done: func(err error) {
		if err != nil {
			p.Reject(jsError(s.warn, err))
			return
		}
		p.Resolve(js.Undefined())
	}})
	return p.Value
}

func (s *socket) read([]js.Value) any {
	return promise(s.warn, func() (any, error) {
		text, data, err := s.page.Read(context.Background())
		switch {
		case err == nil && text:
			return string(data), nil
		case err == nil:
			return jsval.Bytes(data), nil
		}
		s.done() // how it ended, closed tells
		return nil, nil
	})
}
