package standin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

const (
	// drainTime is how long the last bytes of a client that has gone may take to reach
	// the device.
	drainTime = 5 * time.Second
	// closeTime is how long the two closing handshakes may take before the TCP
	// connections are cut; several known peers never answer a close frame.
	closeTime = time.Second
	// shutdownText is how one agent says that it has no connection to its target. It
	// counts as that only in place of the first bytes.
	shutdownText = "## Shutdown ##"

	operationDescription = "Connect to remote access server"
	deviceLateReason     = "The device did not connect within the waiting time."
	clientGoneReason     = "The client ended the connection before the device was there."
)

// connection is one pair of websockets, from the client's upgrade to its end.
type connection struct {
	// Static after construction.
	key    wire.ConnectionKey
	device *device
	client *socket
	up     *backlog      // client to device
	joined chan *socket  // the device's websocket; holds one
	done   chan struct{} // closed when the connection has ended

	over bool // guarded by Platform.joinMu: the device is not waited for any more
}

// serveClient answers the client at once, then orders the device to come.
func (p *Platform) serveClient(c *call) error {
	if !c.who.mayConnect() {
		return errNoRemoteAccess
	}
	d, cfg, err := p.configurationOf(c)
	if err != nil {
		return err
	}
	if cfg.Protocol == "SSH" {
		return invalid("remoteaccess", "The stand-in platform does not end SSH itself; use a PASSTHROUGH configuration.")
	}
	if !isUpgrade(c.r) {
		return errNotUpgrade
	}
	client, err := c.accept()
	if err != nil {
		return err
	}
	cn := &connection{
		key: wire.ConnectionKey(uuid.NewString()), device: d, client: client,
		up: newBacklog(p.opt.BufferLimit), joined: make(chan *socket, 1), done: make(chan struct{}),
	}
	p.joinMu.Lock()
	p.waiting[cn.key] = cn
	p.joinMu.Unlock()
	op := p.orderConnect(c, cn, cfg)
	log := p.log.With(slog.String("user", c.who.name), slog.String("device", string(d.id)),
		slog.String("configuration", string(cfg.ID)), slog.Int64("operation", op))
	log.Info("client connected")
	outcome := p.run(cn, op)
	log.Info("connection ended", slog.String("outcome", outcome))
	return nil
}

// orderConnect creates the connect operation.
func (p *Platform) orderConnect(c *call, cn *connection, cfg platform.Configuration) int64 {
	p.mu.RLock()
	name := cn.device.name
	p.mu.RUnlock()
	order, err := json.Marshal(platform.ConnectOrder{Hostname: cfg.Hostname, Port: cfg.Port, ConnectionKey: cn.key})
	if err != nil {
		order = json.RawMessage("{}") // a struct of texts and a number always encodes
	}
	op, _ := p.ops.create(baseURL(c.r), cn.device.id, name, map[string]json.RawMessage{
		wire.FragmentConnect: order,
		"description":        json.RawMessage(`"` + operationDescription + `"`),
	})
	return op
}

var (
	errNotDevice  = forbidden("Access is denied: only the device's own user may connect here.")
	errUnknownKey = notFound("remoteaccess", "No connection waits for this key.")
)

// serveDevice brings the device's websocket to the client that waits for it.
func (p *Platform) serveDevice(c *call) error {
	if c.who.device == nil {
		return errNotDevice
	}
	if !isUpgrade(c.r) {
		return errNotUpgrade
	}
	cn, err := p.claim(wire.ConnectionKey(c.args[0]), c.who.device)
	if err != nil {
		return err
	}
	conn, err := c.acceptAgent()
	if err != nil {
		p.unclaim(cn)
		return err
	}
	defer c.who.device.hold(p.now)()
	cn.joined <- conn
	<-cn.done
	// The connection has closed it, unless it ended just before the device came.
	code := websocket.StatusNormalClosure
	if p.life.Err() != nil {
		code = websocket.StatusGoingAway
	}
	closeAll([]*socket{conn}, code, "")
	return nil
}

// claim takes the connection that waits for a key, for the device it waits for. A key is
// good for one websocket; a stranger who tries it does not spend it.
func (p *Platform) claim(key wire.ConnectionKey, d *device) (*connection, error) {
	p.joinMu.Lock()
	defer p.joinMu.Unlock()
	cn := p.waiting[key]
	if cn == nil {
		return nil, errUnknownKey
	}
	if cn.device != d {
		return nil, errNotDevice
	}
	delete(p.waiting, key)
	return cn, nil
}

// unclaim gives the key back after a handshake that failed.
func (p *Platform) unclaim(cn *connection) {
	p.joinMu.Lock()
	defer p.joinMu.Unlock()
	if !cn.over {
		p.waiting[cn.key] = cn
	}
}

// withdraw makes the key useless: nobody waits for the device any more.
func (p *Platform) withdraw(cn *connection) {
	p.joinMu.Lock()
	defer p.joinMu.Unlock()
	cn.over = true
	delete(p.waiting, cn.key)
}

// run carries a connection from the client's upgrade to its end and returns how it
// ended, for the log. All its goroutines have ended when it returns.
func (p *Platform) run(cn *connection, op int64) string {
	defer close(cn.done)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	clientGone := make(chan struct{})
	wg.Go(func() {
		defer close(clientGone)
		receive(ctx, cn.client, cn.up.write)
		cn.up.finish()
	})
	conns := []*socket{cn.client}
	code, reason, outcome := websocket.StatusNormalClosure, "", "client ended"
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
	cancel()
	wg.Wait()
	return outcome
}

const outcomeClosing = "platform closing"

// join copies both ways until one side ends.
func (p *Platform) join(ctx context.Context, wg *sync.WaitGroup, cn *connection, dev *socket, clientGone <-chan struct{}) string {
	deviceGone, sent := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		receiveDevice(ctx, dev, func(b []byte) bool {
			return cn.client.Write(ctx, websocket.MessageBinary, b) == nil
		})
		close(deviceGone)
		receive(ctx, dev, func([]byte) bool { return false }) // up to its close frame
	})
	wg.Go(func() {
		defer close(sent)
		send(ctx, dev, cn.up)
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

// receive reads messages of any type and size and hands their bytes on as they come,
// until the websocket ends. When sink wants no more it reads on and drops, so that the
// closing handshake is answered. While it waits for a message it holds no buffer.
func receive(ctx context.Context, conn *socket, sink func([]byte) bool) {
	for wanted := true; ; {
		_, r, err := conn.Reader(ctx)
		if err != nil {
			return
		}
		if wanted, err = copyMessage(r, sink, wanted); err != nil {
			return
		}
	}
}

// copyMessage hands on the bytes of one message; an empty one hands on nothing.
func copyMessage(r io.Reader, sink func([]byte) bool, wanted bool) (bool, error) {
	c := newChunk()
	defer chunks.Put(c)
	for {
		n, err := r.Read(c.buf[:])
		if n > 0 && wanted {
			wanted = sink(c.buf[:n])
		}
		if errors.Is(err, io.EOF) {
			return wanted, nil
		}
		if err != nil {
			return wanted, err
		}
	}
}

// receiveDevice is receive for the device, whose first message may say that there is
// nothing to come.
func receiveDevice(ctx context.Context, conn *socket, sink func([]byte) bool) {
	kind, r, err := conn.Reader(ctx)
	if err != nil {
		return
	}
	if kind == websocket.MessageText {
		head := make([]byte, len(shutdownText)+1)
		n, err := io.ReadFull(r, head)
		if string(head[:n]) == shutdownText {
			return
		}
		wanted := n == 0 || sink(head[:n])
		if err == nil {
			_, err = copyMessage(r, sink, wanted)
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return
		}
	} else if _, err := copyMessage(r, sink, true); err != nil {
		return
	}
	receive(ctx, conn, sink)
}

// send writes the backlog to the device, as binary messages.
func send(ctx context.Context, dev *socket, up *backlog) {
	for {
		c, ok := up.next()
		if !ok {
			return
		}
		err := dev.Write(ctx, websocket.MessageBinary, c.buf[:c.n])
		chunks.Put(c)
		if err != nil {
			return
		}
	}
}

// closeAll closes the websockets side by side and cuts what hangs.
func closeAll(conns []*socket, code websocket.StatusCode, reason string) {
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() { _ = c.Close(code, reason) }) // the peer may have gone
	}
	all := make(chan struct{})
	go func() { wg.Wait(); close(all) }()
	t := time.NewTimer(closeTime)
	defer t.Stop()
	select {
	case <-all:
	case <-t.C:
	}
	for _, c := range conns {
		c.cut()
	}
	<-all
}
