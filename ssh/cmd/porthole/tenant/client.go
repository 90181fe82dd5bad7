package tenant

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// maxBody bounds an answer of the tenant, in bytes; a page of 2,000 devices has 4 MiB.
const maxBody = 16 << 20

// Options say where the tenant or gateway is and who asks.
type Options struct {
	BaseURL *url.URL // scheme and host only
	// Tenant is the tenant's id, written before the user's name; "" leaves it to the
	// tenant's host name.
	Tenant string
	// Token goes before User and Password.
	Token, User, Password string
	// Renew is asked once for another token when Token is refused: a later sign-in may
	// have kept one. nil or "" means there is none.
	Renew func() string
	// TLS is for REST and websocket.
	TLS *tls.Config
	// Timeout is for one request; 0 means 30 s.
	Timeout time.Duration
	// UserAgent names this program and its version.
	UserAgent string
	// PingInterval is between websocket pings; 0 sends none.
	PingInterval time.Duration
}

// Client asks a tenant or gateway. It is safe for use by many goroutines.
type Client struct {
	opts Options
	http *http.Client

	mu    sync.Mutex
	proof proof // what is sent; changes when it is refused
	skew  time.Duration
	taken map[string]bool // connect operations that a connection has ended by
	who   *Identity
}

// New makes a client; it asks nothing yet.
func New(opts Options) *Client {
	if opts.Timeout <= 0 {
		opts.Timeout = 30 * time.Second
	}
	return &Client{opts: opts, http: newHTTPClient(opts.TLS), proof: firstProof(opts), taken: map[string]bool{}}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Host is the host name that answers, for messages and names of host keys.
func (c *Client) Host() string { return c.opts.BaseURL.Hostname() }

// BaseURL is the address that answers.
func (c *Client) BaseURL() string { return c.opts.BaseURL.String() }

// request is one call of the REST interface.
type request struct {
	method string
	path   string
	query  url.Values
	form   url.Values // a form as body
	body   any        // JSON as body
	// anonymous sends no credentials.
	anonymous bool
}

// answer is what came back, whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// read asks by GET and decodes the JSON of the answer.
func (c *Client) read(ctx context.Context, path string, query url.Values, into any) error {
	return c.exchange(ctx, request{method: http.MethodGet, path: path, query: query}, into)
}

// exchange makes a request, turns every status but success into an error and decodes
// the answer into into, unless that is nil.
func (c *Client) exchange(ctx context.Context, r request, into any) error {
	a, err := c.call(ctx, r)
	if err != nil {
		return err
	}
	if a.status < 200 || a.status > 299 {
		return c.statusError(a)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return fault.Wrap(err, fault.Network, "%s gave an answer that cannot be read. Check that the address is that of a tenant or gateway.", c.Host())
	}
	return nil
}

// call makes a request with the credentials that are in use. When those are refused and
// there are others, it asks once more with them.
func (c *Client) call(ctx context.Context, r request) (answer, error) {
	for {
		var used proof
		if !r.anonymous {
			var err error
			if used, err = c.ready(); err != nil {
				return answer{}, err
			}
		}
		a, err := c.once(ctx, r, used)
		if err != nil || a.status != http.StatusUnauthorized || r.anonymous || !c.replace(used) {
			return a, err
		}
	}
}

// once makes one request.
func (c *Client) once(ctx context.Context, r request, p proof) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return answer{}, err
	}
	p.sign(req.Header, c.opts.Tenant)
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, c.transportError(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	c.noteClock(resp.Header)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return answer{}, c.transportError(ctx, err)
	}
	if len(body) > maxBody {
		return answer{}, fault.New(fault.Network, "The answer of %s is larger than %d MiB and was not read. Check that the address is that of a tenant or gateway.", c.Host(), maxBody>>20)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return answer{}, c.redirected(resp)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	address := *c.opts.BaseURL
	address.Path = r.path
	if raw, err := url.PathUnescape(r.path); err == nil { // r.path is escaped already
		address.Path, address.RawPath = raw, r.path
	}
	address.RawQuery = r.query.Encode()
	var body io.Reader
	contentType := ""
	switch {
	case r.form != nil:
		body, contentType = strings.NewReader(r.form.Encode()), "application/x-www-form-urlencoded"
	case r.body != nil:
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body, contentType = bytes.NewReader(text), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req, nil
}

// Subscribed tells whether the tenant has Cloud Remote Access at all: without it
// everything below its path answers 404.
func (c *Client) Subscribed(ctx context.Context) (bool, error) {
	a, err := c.call(ctx, request{method: http.MethodHead, path: wire.HealthPath})
	if err != nil {
		return false, err
	}
	if a.status == http.StatusUnauthorized {
		return false, c.statusError(a)
	}
	return a.status != http.StatusNotFound, nil
}
