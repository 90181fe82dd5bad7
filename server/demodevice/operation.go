package demodevice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"porthole/server/platform"
	"porthole/ssh/wire"
	"porthole/ssh/wire/wsframe"
)

// carryOut does what a connect operation asks, from EXECUTING to the end of the
// connection. The error is for the log; the platform has been told.
func (a *Agent) carryOut(ctx context.Context, op platform.Operation) error {
	if err := a.begin(ctx, op.ID); err != nil {
		return err
	}
	select {
	case a.room <- struct{}{}:
		defer func() { <-a.room }()
	default:
		reason := fmt.Errorf("too many connections at once: this device allows %d", cap(a.room))
		return errors.Join(reason, a.fail(ctx, op.ID, reason))
	}
	target, tunnel, err := a.connect(ctx, *op.Connect)
	if err != nil {
		return errors.Join(err, a.fail(ctx, op.ID, err))
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "connected", slog.String("operation", op.ID),
		slog.String("host", op.Connect.Hostname), slog.Int("port", op.Connect.Port))
	var told sync.WaitGroup
	var tellErr error
	told.Go(func() { tellErr = a.tell(ctx, op.ID) }) // bytes need not wait for it
	sent, received := join(ctx, target, tunnel)
	told.Wait()
	a.log.LogAttrs(ctx, slog.LevelInfo, "connection ended", slog.String("operation", op.ID),
		slog.Int64("toPlatform", sent), slog.Int64("toTarget", received))
	return tellErr
}

// begin reports that the operation is being carried out. When the answer is lost nobody
// knows whether the platform heard it, so it is said again.
func (a *Agent) begin(ctx context.Context, id string) error {
	wait := a.timing.backoffMin
	for try := 1; ; try++ {
		err := a.update(ctx, id, platform.StatusExecuting, "")
		var refused *statusError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refused) && refused.Status < 500:
			return err // somebody else took it, or it is gone
		case ctx.Err() != nil:
			return errors.Join(err, a.fail(ctx, id, err))
		case try == 3:
			a.forget(id) // if it is still PENDING, the next look takes it again
			return err
		}
		pause(ctx, wait)
		wait *= 2
	}
}

// tell reports success, trying once more when the platform hiccups: a client that
// watches the operation waits for it.
func (a *Agent) tell(ctx context.Context, id string) error {
	err := a.update(ctx, id, platform.StatusSuccessful, "")
	if err != nil && pause(ctx, a.timing.backoffMin) {
		err = a.update(ctx, id, platform.StatusSuccessful, "")
	}
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil // an agent that stops has nothing to report: both ends see it by themselves
}

// fail reports why there is no connection, also while the agent stops.
func (a *Agent) fail(ctx context.Context, id string, reason error) error {
	if ctx.Err() != nil {
		reason = errors.New("the device agent is stopping")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return a.update(ctx, id, platform.StatusFailed, reason.Error())
}

// connect dials the target and the platform at the same time; both are needed. Its
// errors are sentences for a person, and never hold the connection key.
func (a *Agent) connect(ctx context.Context, order platform.ConnectOrder) (net.Conn, uplink, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timing.connect)
	defer cancel()
	var (
		both                 sync.WaitGroup
		target               net.Conn
		tunnel               uplink
		targetErr, tunnelErr error
	)
	both.Go(func() {
		if target, targetErr = a.dialTarget(ctx, order); targetErr != nil {
			cancel() // no use in the other without this one
		}
	})
	both.Go(func() {
		if tunnel, tunnelErr = a.dialTunnel(ctx, order.ConnectionKey); tunnelErr != nil {
			cancel()
		}
	})
	both.Wait()
	if targetErr == nil && tunnelErr == nil {
		return target, tunnel, nil
	}
	if target != nil {
		_ = target.Close() // nothing was sent on it
	}
	if tunnel.Conn != nil {
		_ = tunnel.Close(websocket.StatusInternalError, "the device could not reach the target")
	}
	// The one that failed by itself is the cause; the other was only cancelled.
	if targetErr != nil && !errors.Is(targetErr, context.Canceled) {
		return nil, uplink{}, targetErr
	}
	if tunnelErr != nil {
		return nil, uplink{}, tunnelErr
	}
	return nil, uplink{}, targetErr
}

// dialTunnel opens the device's websocket.
func (a *Agent) dialTunnel(ctx context.Context, key wire.ConnectionKey) (uplink, error) {
	header := http.Header{}
	req := http.Request{Header: header}
	req.SetBasicAuth(a.config.User, a.config.Password)
	address := strings.TrimSuffix(a.base.String(), "/") + wire.DevicePath(key)
	out := wsframe.NewWriter(true)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { out.Conn = info.Conn },
	})
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{ //nolint:bodyclose // Dial has replaced or read it
		HTTPClient: a.client, HTTPHeader: header, Subprotocols: []string{wire.Subprotocol}, OnPingReceived: out.OnPing,
	})
	if err == nil {
		conn.SetReadLimit(-1) // messages are streamed, never held whole
		return uplink{conn, out}, nil
	}
	switch {
	case errors.Is(err, context.Canceled):
		return uplink{}, context.Canceled
	case resp != nil && resp.StatusCode == http.StatusNotFound:
		return uplink{}, errors.New("the platform does not wait for this connection any more (HTTP 404)")
	case resp != nil && resp.StatusCode != http.StatusSwitchingProtocols:
		return uplink{}, fmt.Errorf("the platform refused the device's connection (HTTP %d)", resp.StatusCode)
	case resp != nil:
		return uplink{}, errors.New("the platform's answer to the device's connection is not a valid websocket")
	}
	return uplink{}, fmt.Errorf("the device could not reach the platform: %s", plainCause(err))
}
