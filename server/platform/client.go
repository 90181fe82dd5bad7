package platform

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// Limits of the client. A tenant is foreign: nothing of it is read without bound.
const (
	// maxAnswer is the largest JSON answer that the gateway itself reads, in bytes.
	maxAnswer = 4 << 20
	// maxErrorAnswer is how much of an error answer is read, in bytes.
	maxErrorAnswer = 16 << 10
	// idleConnections to the tenant are kept for the next request.
	idleConnections = 64
	// dialLimit bounds the TCP connect, and again the TLS handshake.
	dialLimit = 10 * time.Second
)

// Client speaks to one tenant. Make it with NewClient; it is safe for concurrent use.
type Client struct {
	base      *url.URL
	timeout   time.Duration
	transport *http.Transport
	http      *http.Client
}

// NewClient returns a client of the tenant at base (scheme and host). Each call ends
// after timeout. The TLS configuration may be nil; it is not changed.
func NewClient(base *url.URL, timeout time.Duration, config *tls.Config) *Client {
	if config != nil {
		config = config.Clone()
	}
	transport := &http.Transport{
		DialContext:            DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    dialLimit,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		Proxy:                  http.ProxyFromEnvironment,
	}
	return &Client{
		base: base, timeout: timeout, transport: transport,
		http: &http.Client{
			Transport: transport,
			// A redirect would carry the principal's credentials elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// DialContext dials like net.Dialer, except that names below .localhost are loopback
// ([wire.LoopbackAddress]).
func DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialLimit, KeepAlive: 30 * time.Second}
	return dialer.DialContext(ctx, network, wire.LoopbackAddress(address))
}

// Base is the address of the tenant: scheme and host.
func (c *Client) Base() *url.URL { return c.base }

// Transport is the way to the tenant, for the reverse proxy.
func (c *Client) Transport() http.RoundTripper { return c.transport }

// Close drops the kept connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Relayed is an answer of the tenant that was read whole.
type Relayed struct {
	Status int
	Header http.Header
	Body   []byte
}

// call makes one request and gives status, headers and bounded body. A status is no error here.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, auth Authorization, form url.Values) (Relayed, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	target := c.base.JoinPath(path)
	target.RawQuery = query.Encode()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return Relayed{}, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	auth.Apply(request.Header)
	response, err := c.http.Do(request)
	if err != nil {
		return Relayed{}, TransportFailure(withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }() // read to its end below, or given up
	limit := int64(maxAnswer)
	if response.StatusCode >= http.StatusBadRequest {
		limit = maxErrorAnswer
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return Relayed{}, TransportFailure(withoutURL(err))
	case int64(len(data)) > limit && limit == maxAnswer:
		return Relayed{}, BadAnswer(response.StatusCode, fmt.Errorf("answer is larger than %d bytes", limit))
	}
	return Relayed{response.StatusCode, response.Header, data}, nil
}

// read gets a path and decodes its JSON into out.
func (c *Client) read(ctx context.Context, path string, query url.Values, auth Authorization, out any) error {
	answer, err := c.call(ctx, http.MethodGet, path, query, auth, nil)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return statusFailure(answer.Status, answer.Body)
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return BadAnswer(answer.Status, fmt.Errorf("decode answer: %w", err))
	}
	return nil
}

// withoutURL drops the URL that net/http puts into its errors: queries may hold what a
// log must not.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s tenant: %w", strings.ToLower(wrapped.Op), wrapped.Err)
	}
	return err
}

// Fetch makes a request that needs no proof (the ways to sign in) and gives the answer
// whatever its status. Query and form are sent on.
func (c *Client) Fetch(ctx context.Context, method, path, rawQuery string, form url.Values) (Relayed, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return Relayed{}, fmt.Errorf("parse query: %w", err)
	}
	return c.call(ctx, method, path, query, Authorization{}, form)
}
