package sshtest

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"

	gossh "golang.org/x/crypto/ssh"
)

// Channels open at once on one connection, so that one client cannot start programs or
// dial without end. OpenSSH's MaxSessions is 10, and it counts no direct-tcpip channels; a
// browser with terminals and transfers needs more, and pages open hundreds of websockets.
const (
	maxSessions = 256
	maxDirect   = 1024
)

// connection is one signed-in client: its channels live and end with it.
type connection struct {
	server *Server
	conn   *gossh.ServerConn

	life context.Context // ends with the connection and with the server
	end  context.CancelFunc
	work sync.WaitGroup // one per channel
	// Each holds one value per open channel.
	sessions, direct chan struct{}
}

func newConnection(s *Server, conn *gossh.ServerConn) *connection {
	c := &connection{
		server: s, conn: conn,
		sessions: make(chan struct{}, maxSessions), direct: make(chan struct{}, maxDirect),
	}
	c.life, c.end = context.WithCancel(s.life)
	return c
}

// serve returns when the connection and all its channels have ended.
func (c *connection) serve(channels <-chan gossh.NewChannel, requests <-chan *gossh.Request) {
	c.work.Go(func() { c.serveGlobal(requests) })
	for n := range channels {
		c.open(n)
	}
	c.end()
	_ = c.conn.Close() // it has ended already
	c.work.Wait()
}

func (c *connection) serveGlobal(requests <-chan *gossh.Request) {
	for r := range requests {
		ok, payload := false, []byte(nil)
		if c.server.opts.Global != nil {
			ok, payload = c.server.opts.Global(r)
		}
		if r.WantReply {
			_ = r.Reply(ok, payload) // fails when the connection ended; the loop ends too
		}
	}
}

func (c *connection) open(n gossh.NewChannel) {
	var handle func(gossh.NewChannel)
	var room chan struct{}
	switch n.ChannelType() {
	case "session":
		handle, room = c.openSession, c.sessions
	case "direct-tcpip":
		handle, room = c.openDirect, c.direct
	default:
		_ = n.Reject(gossh.UnknownChannelType, "no such channel type here: "+n.ChannelType())
		return
	}
	select {
	case room <- struct{}{}:
	default:
		_ = n.Reject(gossh.ResourceShortage, "too many channels at once")
		return
	}
	c.work.Go(func() {
		defer func() { <-room }()
		handle(n)
	})
}

// directTarget is the extra data of a direct-tcpip channel (RFC 4254 §7.2).
type directTarget struct {
	Host       string
	Port       uint32
	OriginHost string
	OriginPort uint32
}

func (c *connection) openDirect(n gossh.NewChannel) {
	var to directTarget
	if err := gossh.Unmarshal(n.ExtraData(), &to); err != nil || to.Port == 0 || to.Port > 65535 {
		_ = n.Reject(gossh.ConnectionFailed, "malformed target")
		return
	}
	if c.server.opts.Direct == nil {
		_ = n.Reject(gossh.Prohibited, "port forwarding is not allowed")
		return
	}
	if err := c.server.opts.Direct(to.Host, int(to.Port)); err != nil {
		_ = n.Reject(gossh.Prohibited, err.Error())
		return
	}
	dial := c.server.opts.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	target, err := dial(c.life, "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = n.Reject(gossh.ConnectionFailed, err.Error())
		return
	}
	channel, requests, err := n.Accept()
	if err != nil {
		_ = target.Close() // the connection ended meanwhile
		return
	}
	c.work.Go(func() { gossh.DiscardRequests(requests) })
	joinDirect(c.life, channel, target)
}

// joinDirect copies both ways until both directions have ended, keeping half-closes:
// an HTTP/1.0 client that sends and then shuts down its side still reads the answer.
func joinDirect(ctx context.Context, channel gossh.Channel, target net.Conn) {
	stop := context.AfterFunc(ctx, func() {
		_ = target.Close()
		_ = channel.Close()
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		_, err := io.Copy(target, channel)
		if half, ok := target.(interface{ CloseWrite() error }); ok && err == nil {
			_ = half.CloseWrite()
			return
		}
		_ = target.Close()
	})
	both.Go(func() {
		_, err := io.Copy(channel, target)
		if err == nil {
			_ = channel.CloseWrite()
			return
		}
		_ = channel.Close()
	})
	both.Wait()
	_ = target.Close()
	_ = channel.Close()
}
