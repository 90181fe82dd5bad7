package standin

import (
	"encoding/json"
	"log/slog"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"

	"github.com/coder/websocket"
	"github.com/google/uuid"
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
	// clientGoneReason is kinder than the platform, which lets an agent that comes late
	// find an order that nobody waits for.
	clientGoneReason = "The client ended the connection before the device was there."
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
