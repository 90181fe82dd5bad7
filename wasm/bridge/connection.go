//go:build js

package bridge

import (
	"context"
	"syscall/js"

	"porthole/ssh"
	"porthole/wasm/jsval"
)

// maxTerminal is the widest and highest terminal, in characters: winsize has 16 bits.
const maxTerminal = 65535

// connection is GoConnection of bridge.d.ts.
type connection struct {
	bridge *Bridge
	warn   warnFunc
	client *ssh.Client
	object *object
	closed *jsval.Promise

	// life ends when JavaScript closes the connection, not when it is lost: what came
	// before a loss is still delivered.
	life context.Context
	end  context.CancelCauseFunc
}

// newConnection wraps client. kept says whether the host key was written to the profile.
func newConnection(b *Bridge, client *ssh.Client, kept bool) *connection {
	c := &connection{bridge: b, warn: b.warn, client: client, object: newObject(), closed: jsval.NewPromise()}
	c.life, c.end = context.WithCancelCause(context.Background())
	info := client.Info()
	c.object.set("info", js.Global().Get("Object").Call("freeze", map[string]any{
		"serverVersion":      info.ServerVersion,
		"keyExchange":        info.KeyExchange,
		"hostKeyAlgorithm":   info.HostKeyAlgorithm,
		"hostKeyFingerprint": info.HostKeyFingerprint,
		"cipher":             info.Cipher,
		"mac":                info.MAC,
		"hostKeyKept":        kept,
	}))
	c.object.method("shell", 2, c.shell)
	c.object.method("exec", 2, c.exec)
	c.object.method("forward", 2, c.forward)
	c.object.method("files", 1, c.files)
	c.object.method("listening", 0, c.listening)
	c.object.method("probe", 3, c.probe)
	c.object.sync("stats", c.stats)
	c.object.closer("close", c.close)
	c.object.set("closed", c.closed.Value)
	c.object.freeze()
	go c.watch()
	return c
}

// watch waits for the end of the connection and tells JavaScript.
func (c *connection) watch() {
	<-c.client.Closed()
	_ = c.client.Close() // waits for its goroutines
	c.object.release()
	e := explain(c.warn, c.client.Err())
	c.closed.Resolve(map[string]any{"code": string(e.code), "message": e.message})
}

func (c *connection) shell(args []js.Value) any {
	f := fieldsOf(args[0])
	options := ssh.ShellOptions{
		Term: f.string("term"),
		Cols: f.int("cols", 0, maxTerminal),
		Rows: f.int("rows", 0, maxTerminal),
		Env:  f.stringMap("env"),
	}
	if f.err != nil {
		return rejected(f.err)
	}
	// A shell has one screen: both streams go to it.
	return c.start(args[1], 0, func(ctx context.Context) (*ssh.Session, error) {
		return c.client.Shell(ctx, options)
	})
}

func (c *connection) exec(args []js.Value) any {
	command, ok := jsval.String(args[0])
	if !ok {
		return rejected(invalid("A command must be a text."))
	}
	return c.start(args[1], 1, func(ctx context.Context) (*ssh.Session, error) {
		return c.client.Exec(ctx, command)
	})
}

func (c *connection) start(sinkValue js.Value, stderr int, open func(context.Context) (*ssh.Session, error)) js.Value {
	out, err := newSink(sinkValue)
	if err != nil {
		return rejected(err)
	}
	return promise(c.warn, func() (any, error) {
		s, err := open(c.life)
		if err != nil {
			return nil, err
		}
		return newSession(c.life, c.warn, s, out, stderr).object.value, nil
	})
}

// connectionFigures is what GoConnection.stats returns.
type connectionFigures struct{ ssh.Stats }

func (f connectionFigures) value() any {
	var roundTrip any // null while unknown
	if f.RoundTrip > 0 {
		roundTrip = float64(f.RoundTrip.Microseconds()) / 1000
	}
	return map[string]any{
		"bytesIn": float64(f.BytesIn), "bytesOut": float64(f.BytesOut), "roundTripMs": roundTrip,
	}
}

func (c *connection) stats() any { return connectionFigures{c.client.Stats()}.value() }

func (c *connection) close([]js.Value) any {
	return promise(c.warn, func() (any, error) {
		c.end(errClosed)
		_ = c.client.Close() // nothing a caller could do about the device's side
		_, err := jsval.Await(context.Background(), c.closed.Value)
		return js.Undefined(), err
	})
}
