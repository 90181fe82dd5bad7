//go:build js

package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall/js"

	"porthole/ssh/ports"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// listening is GoConnection.listening.
func (c *connection) listening([]js.Value) any {
	return promise(c.warn, func() (any, error) {
		found, err := ports.Find(c.life, c.output)
		switch {
		case errors.Is(err, ports.ErrNoList):
			return nil, &failure{
				code: wire.CodeNotFound, cause: err,
				message: "The device does not tell which ports it listens on. Add a page by its host and port.",
			}
		case err != nil:
			return nil, err
		}
		list := []any{}
		for _, l := range found {
			list = append(list, map[string]any{
				"host": l.Host, "port": l.Port, "program": l.Program, "service": l.Service, "http": string(l.HTTP),
			})
		}
		return list, nil
	})
}

// output runs a command and returns what it prints, as far as [ports.MaxOutput].
func (c *connection) output(ctx context.Context, command string) ([]byte, error) {
	session, err := c.client.Exec(ctx, command)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = session.Close() })
	defer stop()
	defer func() { _ = session.Close() }() // what it printed is read by then
	go func() { _, _ = io.Copy(io.Discard, session.Stderr()) }()
	out, err := io.ReadAll(io.LimitReader(session.Stdout(), ports.MaxOutput))
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return out, fmt.Errorf("read output: %w", err)
	}
	return out, nil
}

// probe is GoConnection.probe.
func (c *connection) probe(args []js.Value) any {
	host, ok := jsval.String(args[0])
	if !ok || !isInt(args[1], 1, maxPort) {
		return rejected(invalid("A port to ask is a host and a number."))
	}
	dial := c.dialer(host, args[1].Int())
	ctx, stop := jsval.WithSignal(c.life, args[2])
	return promise(c.warn, func() (any, error) {
		defer stop()
		result := ports.Probe(ctx, ports.Dial(dial))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return map[string]any{"kind": string(result.Kind), "status": result.Status, "title": result.Title}, nil
	})
}
