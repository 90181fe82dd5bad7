package forward

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultHeadLimit = 60 * time.Second
	defaultMaxConns  = 64
)

// Forward sends requests to one target and opens websockets there. Its methods may be used
// from several goroutines.
type Forward struct {
	// Static after New.
	config Config
	target origin
	life   context.Context // ends with Close, and is what its goroutines live by
	end    context.CancelCauseFunc
	pool   pool
	jar    *jar
	auth   *authenticator

	dials, in, out atomic.Int64
	sockets        atomic.Int64
	userAgent      atomic.Value // string: the browser's, as of the last request

	mu      sync.Mutex
	conns   map[*conn]struct{} // all that are open, those of websockets too
	closing bool               // no connection and no goroutine begins any more
	workers sync.WaitGroup
}

// New makes a forward; nothing is dialled yet.
func New(config Config) (*Forward, error) {
	t := config.Target
	switch {
	case t.Scheme != "http" && t.Scheme != "https":
		return nil, invalid("A forward is to http or https.")
	case !isHost(t.Host):
		return nil, invalid("That is no host name.")
	case t.Port < 1 || t.Port > 65535:
		return nil, invalid("A port is a number from 1 to 65535.")
	case config.Dial == nil:
		return nil, invalid("A forward needs a way to its target.")
	}
	if config.HeadLimit <= 0 {
		config.HeadLimit = defaultHeadLimit
	}
	if config.MaxConns <= 0 {
		config.MaxConns = defaultMaxConns
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	life, end := context.WithCancelCause(context.Background())
	f := &Forward{
		config: config, target: originOf(t), life: life, end: end,
		jar: newJar(t, config.Now), auth: &authenticator{}, conns: map[*conn]struct{}{},
	}
	f.pool = pool{f: f, room: config.MaxConns}
	return f, nil
}

// SetCredential answers Basic and Digest challenges from now on. It stays in memory.
func (f *Forward) SetCredential(user, password string) { f.auth.set(user, password) }

// SetCookie is one assignment of text to document.cookie by a page of that path.
func (f *Forward) SetCookie(text, path string) { f.jar.assign(text, path) }

// Cookies is document.cookie for a page of that path.
func (f *Forward) Cookies(path string) string { return f.jar.visible(path) }

// Clear forgets cookies and credential.
func (f *Forward) Clear() {
	f.jar.clear()
	f.auth.clear()
}

// Stats counts what the forward did so far.
func (f *Forward) Stats() Stats {
	f.mu.Lock()
	open := len(f.conns)
	f.mu.Unlock()
	return Stats{
		Connections: int64(open), Dials: f.dials.Load(),
		BytesIn: f.in.Load(), BytesOut: f.out.Load(),
	}
}

// Close ends every request and websocket and waits for the forward's goroutines, but not
// for a Read of a request's body. It may be called any number of times.
func (f *Forward) Close() error {
	f.mu.Lock()
	f.closing = true
	open := make([]*conn, 0, len(f.conns))
	for c := range f.conns {
		open = append(open, c)
	}
	f.mu.Unlock()
	f.end(closedError())
	for _, c := range open {
		c.abort(closedError())
	}
	f.workers.Wait()
	return nil
}

// Closed is closed once Close was called.
func (f *Forward) Closed() <-chan struct{} { return f.life.Done() }

// agent is the browser's User-Agent, "" while no request told it.
func (f *Forward) agent() string {
	agent, _ := f.userAgent.Load().(string)
	return agent
}

// worker runs g in a goroutine that Close waits for; false when the forward is closed.
func (f *Forward) worker(g func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return false
	}
	f.workers.Go(g)
	return true
}

// adopt takes part in the life of a connection; false when the forward is closed.
func (f *Forward) adopt(c *conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return false
	}
	f.conns[c] = struct{}{}
	return true
}

func (f *Forward) forget(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}

// origin is how a target is named in headers.
type origin struct {
	host string // with the port unless it is the scheme's own; for Host
	url  string // scheme and host, for Origin and Referer
	name string // host and port, for sentences
}

func originOf(t Target) origin {
	name := net.JoinHostPort(t.Host, strconv.Itoa(t.Port))
	unzoned, _, _ := strings.Cut(t.Host, "%") // a zone is of this machine alone (RFC 6874 §4)
	host := net.JoinHostPort(unzoned, strconv.Itoa(t.Port))
	if t.Scheme == "http" && t.Port == 80 || t.Scheme == "https" && t.Port == 443 {
		host = unzoned
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	}
	return origin{host: host, url: t.Scheme + "://" + host, name: name}
}

// isLoopback says whether the target is the device itself.
func (t Target) isLoopback() bool {
	host := strings.ToLower(t.Host)
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
