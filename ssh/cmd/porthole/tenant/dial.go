package tenant

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/tunnel"
	"porthole/ssh/wire"
)

// Dial opens the passthrough websocket of a configuration. The device need not be there
// yet: the platform answers before it is.
func (c *Client) Dial(ctx context.Context, device wire.DeviceID, configuration wire.ConfigurationID) (net.Conn, error) {
	for {
		used, err := c.ready()
		if err != nil {
			return nil, err
		}
		conn, err := c.dialOnce(ctx, device, configuration, used)
		refused, ok := errors.AsType[*tunnel.DialError](err)
		if err == nil {
			return conn, nil
		}
		if !ok {
			return nil, fmt.Errorf("dial: %w", err)
		}
		if refused.Status != http.StatusUnauthorized || !c.replace(used) {
			return nil, c.dialError(refused)
		}
	}
}

func (c *Client) dialOnce(ctx context.Context, device wire.DeviceID, configuration wire.ConfigurationID, p proof) (net.Conn, error) {
	address := *c.opts.BaseURL
	address.Scheme = map[string]string{"http": "ws", "https": "wss"}[address.Scheme]
	header := http.Header{"User-Agent": {c.opts.UserAgent}}
	p.sign(header, c.opts.Tenant)
	return tunnel.Dial(ctx, tunnel.Options{
		URL:              address.String() + wire.ClientPath(device, configuration),
		HandshakeTimeout: c.opts.Timeout,
		Native:           tunnel.Native{Header: header, HTTPClient: c.http, PingInterval: c.opts.PingInterval},
	})
}

// dialError explains why no websocket was opened.
func (c *Client) dialError(refused *tunnel.DialError) error {
	if refused.Status == 0 {
		if refused.Err != nil {
			return c.transportError(context.Background(), refused.Err)
		}
		return fault.Wrap(refused, fault.OfCode(refused.Code), "%s", refused.Text)
	}
	if refused.Status == http.StatusProxyAuthRequired {
		return proxySignIn(refused)
	}
	said := fmt.Sprintf("%s refused the connection with HTTP status %d (%s)", c.Host(), refused.Status, http.StatusText(refused.Status))
	if text := clean(refused.Said()); text != "" {
		said += ": " + text
	} else {
		said += "."
	}
	exit := fault.OfCode(refused.Code)
	if refused.Status == http.StatusNotFound {
		exit = fault.NoConfiguration
	}
	if refused.Status == http.StatusUnauthorized {
		said = c.signInAgain() + " " + said
	}
	return fault.Wrap(refused, exit, "%s", said)
}

// Transient tells whether a failed dial, or a tunnel that ended before its first byte,
// is worth another try: somebody on the way was away for a moment.
func Transient(err error) bool {
	if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
		return false
	}
	if refused, ok := errors.AsType[*tunnel.DialError](err); ok && refused.Status != 0 {
		switch refused.Status {
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	if ended, ok := errors.AsType[*tunnel.EndError](err); ok {
		away := []wire.ErrorCode{wire.CodeLost, wire.CodeTenantLost, wire.CodeGatewayStopping}
		return !ended.AnyByte && ended.Close != wire.CloseNormal && slices.Contains(away, ended.Code())
	}
	_, network := errors.AsType[*net.OpError](err)
	return network
}
