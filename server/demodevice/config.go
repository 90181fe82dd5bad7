package demodevice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"porthole/ssh/wire"
)

// Config says which device an [Agent] is, and where its platform is.
type Config struct {
	// PlatformURL is the tenant or stand-in platform, such as "https://example.com".
	PlatformURL string
	// DeviceID is the platform's id of this device.
	DeviceID wire.DeviceID
	// User and Password are the device user's, sent as Basic authorization.
	User, Password string
	// HTTPClient reaches the platform; nil means one of the agent's own, which also
	// resolves names ending in .localhost to loopback. It must have no Timeout: a long
	// poll is open for minutes.
	HTTPClient *http.Client
	// AllowTarget is the device's own limit on what a connect operation may reach; its
	// error is the failureReason the platform is told. nil allows loopback addresses
	// only, and checks the address after the name was resolved.
	AllowTarget func(host string, port int) error
	// MaxConnections bounds connections at once; 0 means 64.
	MaxConnections int
	// Log gets what happens, without connection keys; nil means none.
	Log *slog.Logger
}

const defaultMaxConnections = 64

// timing holds the agent's waiting times; tests make them shorter.
type timing struct {
	poll       time.Duration // between two looks for pending operations, while polling
	pollFor    time.Duration // how long to poll before the long poll is tried again
	request    time.Duration // for one request that the platform answers at once
	longPoll   time.Duration // for one long poll, on top of what the platform advises
	connect    time.Duration // for target and platform to be reached, together
	backoffMin time.Duration // after the first failure; doubles
	backoffMax time.Duration
	sweep      time.Duration // between two looks for operations the long poll missed
}

func defaultTiming() timing {
	return timing{
		poll:       time.Second,
		pollFor:    time.Minute,
		request:    15 * time.Second,
		longPoll:   30 * time.Second,
		connect:    20 * time.Second, // as other agents have it
		backoffMin: 200 * time.Millisecond,
		backoffMax: 10 * time.Second,
		sweep:      30 * time.Second,
	}
}

// base checks the configuration and returns the platform's URL.
func (c *Config) base() (*url.URL, error) {
	var problems []error
	u, err := url.Parse(c.PlatformURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		problems = append(problems, fmt.Errorf("the platform's address PlatformURL %q is not http or https", c.PlatformURL))
	}
	if c.DeviceID == "" {
		problems = append(problems, errors.New("option DeviceID is empty"))
	}
	if c.User == "" {
		problems = append(problems, errors.New("option User is empty"))
	}
	if c.MaxConnections < 0 {
		problems = append(problems, fmt.Errorf("option MaxConnections is %d, want 0 or more", c.MaxConnections))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("demodevice: %w", errors.Join(problems...))
	}
	return u, nil
}

// newHTTPClient makes a client with a transport of its own, so that ending the agent
// ends its idle connections.
func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialLocalhost,
		TLSHandshakeTimeout:   10 * time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   4,
		ExpectContinueTimeout: time.Second,
	}}
}

// dialLocalhost dials, with names below .localhost meaning loopback.
func dialLocalhost(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	conn, err := d.DialContext(ctx, network, wire.LoopbackAddress(address))
	if err != nil {
		return nil, fmt.Errorf("dial platform: %w", err)
	}
	return conn, nil
}
