package relay

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// An agent that finds the port closed reports FAILED and closes its websocket at the
// same time: whichever is first, the person is told the reason.
func TestAClosedPortIsToldWithItsReasonAlthoughTheTenantClosedFirst(t *testing.T) {
	const reason = "dial tcp 127.0.0.1:22: connect: connection refused"
	closed := func(ws *websocket.Conn) { _ = ws.Close(websocket.StatusNormalClosure, "") }
	for name, c := range map[string]struct {
		end   func(*websocket.Conn)
		delay time.Duration // of the FAILED after the close
		talks bool          // the client sends meanwhile, as an SSH client does
	}{
		"just before":              {closed, 0, false},
		"just after":               {closed, 10 * time.Millisecond, false},
		"a second after":           {closed, time.Second, false},
		"while the client talks":   {closed, time.Second, true},
		"with a failure's code":    {func(ws *websocket.Conn) { _ = ws.Close(websocket.StatusInternalError, "") }, time.Second, false},
		"without any close frame":  {func(ws *websocket.Conn) { _ = ws.CloseNow() }, time.Second, false},
		"cut while a client talks": {func(ws *websocket.Conn) { _ = ws.CloseNow() }, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				r.withOperations()
				client, tenant := r.pair()
				op := operation("1", "EXECUTING", "")
				r.operations.set(op)
				op.Status, op.FailureReason = "FAILED", reason
				if c.delay == 0 {
					r.operations.set(op)
				} else {
					time.AfterFunc(c.delay, func() { r.operations.set(op) })
				}
				began := time.Now()
				var others sync.WaitGroup
				defer others.Wait()
				others.Go(func() { c.end(tenant) })
				if c.talks {
					others.Go(func() { talk(client) })
				}
				code, text := closeOf(t, client)
				if code != websocket.StatusCode(wire.CloseDeviceRefused) || text != reason {
					t.Errorf("closed with %d %q", code, text)
				}
				if got := time.Since(began) - c.delay; got > hurriedLook {
					t.Errorf("told %v after the reason was there", got)
				}
			})
		})
	}
}

// talk sends until the websocket ends.
func talk(ws *websocket.Conn) {
	for ws.Write(context.Background(), websocket.MessageBinary, []byte("SSH-2.0-Go\r\n")) == nil {
		time.Sleep(50 * time.Millisecond) // of the bubble
	}
}

func TestAnEndOfTheTenantWithoutAReasonKeepsItsCode(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(r *rig, client, tenant *websocket.Conn)
		atMost  time.Duration
	}{
		"never a reason": {func(r *rig, _, _ *websocket.Conn) { r.operations.set(operation("1", "EXECUTING", "")) }, reasonTime},
		"a reason that could be another's": {func(r *rig, _, _ *websocket.Conn) {
			r.operations.set(operation("1", "FAILED", "x"), operation("2", "FAILED", "y"))
		}, reasonTime},
		"a list that fails": {func(r *rig, _, _ *websocket.Conn) { r.operations.fail(errors.New("status 500")) }, reasonTime},
		"success, then the end": {func(r *rig, _, _ *websocket.Conn) {
			r.operations.set(operation("1", "SUCCESSFUL", ""))
		}, 0},
		"success seen long ago": {func(r *rig, _, _ *websocket.Conn) {
			r.operations.set(operation("1", "SUCCESSFUL", ""))
			time.Sleep(time.Minute)
		}, 0},
		"a byte of the device before": {func(r *rig, client, tenant *websocket.Conn) {
			write(r.t, tenant, websocket.MessageBinary, []byte("S"))
			readN(r.t, client, 1)
			r.operations.set(operation("1", "FAILED", "too late"))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				r.withOperations()
				client, tenant := r.pair()
				c.prepare(r, client, tenant)
				began := time.Now()
				go func() { _ = tenant.Close(websocket.StatusNormalClosure, "bye") }()
				if code, text := closeOf(t, client); code != websocket.StatusNormalClosure || text != "bye" {
					t.Errorf("closed with %d %q", code, text)
				}
				if got := time.Since(began); got > c.atMost {
					t.Errorf("the end took %v, want %v at most", got, c.atMost)
				}
			})
		})
	}
}

func TestNobodyWaitsForAReasonOnceTheClientIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		r.withOperations()
		client, tenant := r.pair()
		began := time.Now()
		go func() { _ = tenant.Close(websocket.StatusNormalClosure, "") }()
		synctest.Wait()
		_ = client.CloseNow()
		r.served()
		if got := time.Since(began); got != 0 {
			t.Errorf("the end took %v", got)
		}
		if got := r.metrics.reasons(); len(got) != 1 || got[0] != ReasonClientLost {
			t.Errorf("the end counts as %v", got)
		}
	})
}

// The byte arrives between the look at the operation and the end that it would mean.
func TestAFirstByteDuringTheLookBeatsTheRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var between func()
		now := func() time.Time {
			if between != nil {
				step := between
				between = nil
				step()
			}
			return time.Now()
		}
		r := newPipeRig(t, Config{Now: now})
		pairs := make(chan [2]*websocket.Conn, 1)
		answer := listerFunc(func() []Operation {
			both := <-pairs
			client, tenant := both[0], both[1]
			// The watch asks for the time once the list is there and its context lives.
			between = func() {
				write(t, tenant, websocket.MessageBinary, []byte("S"))
				readN(t, client, 1)
			}
			return []Operation{operation("1", "FAILED", "too late")}
		})
		r.set(func(c *Connection) { c.Operations = answer })
		client, tenant := r.pair()
		pairs <- [2]*websocket.Conn{client, tenant}
		time.Sleep(time.Minute)
		if got := r.relay.Open(); got != 1 {
			t.Errorf("the connection ended:\n%s", r.log)
		}
	})
}

// listerFunc is an OperationLister that is a function.
type listerFunc func() []Operation

func (f listerFunc) ConnectOperations(context.Context, wire.DeviceID, time.Time) ([]Operation, error) {
	return f(), nil
}
