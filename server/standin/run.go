package standin

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// run carries a connection from the client's upgrade to its end and returns how it
// ended, for the log. All its goroutines have ended when it returns.
func (p *Platform) run(cn *connection, op int64) string {
	defer close(cn.done)
	// With a context that can end, the library arms a callback for each read; closing the
	// sockets ends them.
	ctx := context.Background()
	var wg sync.WaitGroup
	clientGone := make(chan struct{})
	wg.Go(func() {
		defer close(clientGone)
		receive(ctx, cn.client, cn.up.put)
		cn.up.finish()
	})
	conns := []*socket{cn.client}
	code, reason := websocket.StatusNormalClosure, ""
	var outcome string
	wait := time.NewTimer(p.opt.DeviceWait)
	defer wait.Stop()
	select {
	case dev := <-cn.joined:
		conns = append(conns, dev)
		if outcome = p.join(ctx, &wg, cn, dev, clientGone); outcome == outcomeClosing {
			code = websocket.StatusGoingAway
		}
	case <-clientGone:
		p.withdraw(cn)
		p.ops.expire(op, clientGoneReason, true)
		outcome = "client ended before the device was there"
	case <-wait.C:
		p.withdraw(cn)
		p.ops.expire(op, deviceLateReason, false)
		code, reason, outcome = websocket.StatusInternalError, deviceLateReason, "device did not come"
	case <-p.life.Done():
		p.withdraw(cn)
		p.ops.expire(op, "The platform was shut down.", true)
		code, outcome = websocket.StatusGoingAway, outcomeClosing
	}
	cn.up.close()
	closeAll(conns, code, reason)
	wg.Wait()
	return outcome
}

const outcomeClosing = "platform closing"

// join copies both ways until one side ends.
func (p *Platform) join(ctx context.Context, wg *sync.WaitGroup, cn *connection, dev *socket, clientGone <-chan struct{}) string {
	deviceGone, sent := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		receiveDevice(ctx, dev, to(cn.client))
		close(deviceGone)
		receive(ctx, dev, nobody) // up to its close frame
	})
	wg.Go(func() {
		defer close(sent)
		send(dev, cn.up)
	})
	outcome := "device ended"
	var other <-chan struct{}
	select {
	case <-deviceGone: // all it sent has been written
		return outcome
	case <-sent: // by failing: what the device sent before is still read
		other = clientGone
	case <-clientGone: // the device still gets the client's last bytes
		outcome, other = "client ended", sent
	case <-p.life.Done():
		return outcomeClosing
	}
	drain := time.NewTimer(drainTime)
	defer drain.Stop()
	select {
	case <-other:
	case <-deviceGone:
	case <-drain.C:
	case <-p.life.Done():
		return outcomeClosing
	}
	return outcome
}
