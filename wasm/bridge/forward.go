//go:build js

package bridge

import (
	"context"
	"net"
	"strconv"
	"syscall/js"
	"time"

	"porthole/ssh/forward"
	"porthole/ssh/hostkey"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

const maxPort = 65535

// maxHeadLimit is the longest that a device may take to begin an answer, in ms: a day.
const maxHeadLimit = 24 * 60 * 60 * 1000

// forwarding is GoForward of bridge.d.ts.
type forwarding struct {
	warn   warnFunc
	pages  *forward.Forward
	object *object
	closed *jsval.Promise
	unsent *budget // of its websockets

	life context.Context // its cause says why the forward ended
	end  context.CancelCauseFunc
}

// forwardConfig is ForwardConfig of bridge.d.ts.
type forwardConfig struct {
	target    forward.Target
	name      string // known_hosts name of the target
	origin    string
	headLimit time.Duration
}

func parseForwardConfig(f *fields) (forwardConfig, error) {
	tenant, device := wire.TenantID(f.string("tenant")), wire.DeviceID(f.string("deviceId"))
	c := forwardConfig{
		target: forward.Target{
			Scheme: f.string("scheme"), Host: f.string("host"), Port: f.int("port", 1, maxPort),
		},
		origin:    f.string("origin"),
		headLimit: time.Duration(f.int("headLimitMs", 0, maxHeadLimit)) * time.Millisecond,
	}
	c.name = hostkey.Name(tenant, device, c.target.Host, c.target.Port)
	if f.err == nil && (tenant == "" || device == "") {
		f.err = invalid("The page called the SSH client without a tenant or a device.")
	}
	return c, f.err
}

// forward is GoConnection.forward.
func (c *connection) forward(args []js.Value) any {
	config, err := parseForwardConfig(fieldsOf(args[0]))
	if err != nil {
		return rejected(err)
	}
	return c.bridge.startForward(c.life, config, args[1], c.dialer(config.target.Host, config.target.Port),
		func(f *forwarding) {
			select {
			case <-c.client.Closed():
				f.end(c.client.Err())
			case <-f.life.Done():
			}
		})
}

// dialer opens channels to one host and port of the device.
func (c *connection) dialer(host string, port int) forward.Dial {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	return func(ctx context.Context) (net.Conn, error) { return c.client.Dial(ctx, "tcp", address) }
}

// directForward is GoBridge.directForward.
func (b *Bridge) directForward(args []js.Value) any {
	f := fieldsOf(args[0])
	url := f.string("url")
	config, err := parseForwardConfig(f)
	if err != nil {
		return rejected(err)
	}
	dial := func(ctx context.Context) (net.Conn, error) { return b.opts.Dial(ctx, url) }
	return b.startForward(context.Background(), config, args[1], dial, func(f *forwarding) { <-f.life.Done() })
}

// startForward makes a forward that ends with parent, and when watch returns.
func (b *Bridge) startForward(
	parent context.Context, config forwardConfig, hookValue js.Value, dial forward.Dial, watch func(*forwarding),
) js.Value {
	asks, err := newForwardHooks(hookValue)
	if err != nil {
		return rejected(err)
	}
	return promise(b.warn, func() (any, error) {
		store, err := b.profileWithin(parent)
		if err != nil {
			return nil, err
		}
		pages, err := forward.New(forward.Config{
			Target: config.target, Dial: dial, Origin: config.origin, HeadLimit: config.headLimit,
			Certificate: forward.Pin(store, config.name, asks.certificate),
		})
		if err != nil {
			return nil, err
		}
		f := newForwarding(parent, b.warn, pages)
		go func() {
			watch(f)
			f.finish()
		}()
		return f.object.value, nil
	})
}

func newForwarding(parent context.Context, warn warnFunc, pages *forward.Forward) *forwarding {
	f := &forwarding{warn: warn, pages: pages, object: newObject(), closed: jsval.NewPromise(), unsent: newBudget(maxUnsent)}
	f.life, f.end = context.WithCancelCause(parent)
	f.object.method("request", 3, f.request)
	f.object.method("socket", 4, f.socket)
	f.object.method("setCredential", 2, f.setCredential)
	f.object.method("setCookie", 2, f.setCookie)
	f.object.method("cookies", 1, f.cookies)
	f.object.method("clear", 0, f.clear)
	f.object.figure(forwardFigures, "stats", f.stats)
	f.object.closer("close", f.close)
	f.object.set("closed", f.closed.Value)
	f.object.freeze()
	return f
}

// finish ends everything that uses the forward and says why.
func (f *forwarding) finish() {
	f.end(errClosed)
	_ = f.pages.Close() // nothing anybody could do about the device's side
	f.object.release()
	e := explain(f.warn, context.Cause(f.life))
	f.closed.Resolve(map[string]any{"code": string(e.code), "message": e.message})
}

func (f *forwarding) setCredential(args []js.Value) any {
	user, userOK := jsval.String(args[0])
	password, passwordOK := jsval.String(args[1])
	if !userOK || !passwordOK {
		return rejected(invalid("A credential is a user and a password."))
	}
	f.pages.SetCredential(user, password)
	return resolved()
}

func (f *forwarding) setCookie(args []js.Value) any {
	text, textOK := jsval.String(args[0])
	path, pathOK := jsval.String(args[1])
	if !textOK || !pathOK {
		return rejected(invalid("A cookie is a text that belongs to a path."))
	}
	f.pages.SetCookie(text, path)
	return resolved()
}

func (f *forwarding) cookies(args []js.Value) any {
	path, ok := jsval.String(args[0])
	if !ok {
		return rejected(invalid("Cookies belong to a path."))
	}
	return resolvedWith(f.pages.Cookies(path))
}

func (f *forwarding) clear([]js.Value) any {
	f.pages.Clear()
	return resolved()
}

// forwardFigures answers stats() of a forward that ended.
var forwardFigures = jsval.NewDispatcher(func([]js.Value) any { return figuresOf(forward.Stats{}) })

func figuresOf(s forward.Stats) any {
	return map[string]any{
		"connections": float64(s.Connections), "dials": float64(s.Dials),
		"bytesIn": float64(s.BytesIn), "bytesOut": float64(s.BytesOut),
	}
}

func (f *forwarding) stats() any { return figuresOf(f.pages.Stats()) }

func (f *forwarding) close([]js.Value) any {
	f.end(errClosed)
	return promise(f.warn, func() (any, error) {
		_, err := jsval.Await(context.Background(), f.closed.Value)
		return js.Undefined(), err
	})
}
