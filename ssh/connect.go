package ssh

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/hostkey"
	"porthole/ssh/wire"
)

// clientVersion is our banner (RFC 4253 §4.2).
const clientVersion = "SSH-2.0-Porthole"

// Connect makes an SSH connection over nc, which it owns from now on: a failure closes
// it. It returns when the SSH user is authenticated. When ctx ends before, Connect
// fails; the Client's life does not depend on ctx. Every error is an [*Error].
func Connect(ctx context.Context, nc net.Conn, config Config) (*Client, error) {
	h := &handshake{config: &config}
	var cancel context.CancelCauseFunc
	h.ctx, cancel = context.WithCancelCause(ctx)
	defer cancel(nil)
	h.conn = newConn(nc, config.silenceTimeout(), cancel, func() { h.progress(StateConnecting) })

	h.progress(StateWaiting)
	if ctx.Err() != nil {
		_ = nc.Close() // nothing was sent yet
		return nil, cancelError(ctx)
	}
	stop := context.AfterFunc(ctx, func() { _ = h.conn.Close() })
	defer stop()
	h.conn.dog.begin(config.bannerTimeout())
	sc, channels, requests, err := gossh.NewClientConn(h.conn, "", h.clientConfig())
	h.conn.dog.end()
	if err != nil {
		_ = h.conn.Close()
		h.conn.watching.Wait()
		return nil, h.explain(ctx, err)
	}
	if !stop() { // ctx ended in the last moment and closed the conn
		_ = sc.Close()
		go gossh.DiscardRequests(requests)
		for range channels { // drained until the conn is gone
		}
		return nil, cancelError(ctx)
	}
	client := newClient(h.conn, sc, h.hostKey, &config)
	client.start(channels, requests)
	h.progress(StateConnected)
	return client, nil
}

// handshake is the state of one Connect.
type handshake struct {
	config *Config
	conn   *conn
	ctx    context.Context // ends with Connect's context, or when the conn breaks

	mu      sync.Mutex
	hostKey gossh.PublicKey // the accepted one; nil until then
	fault   error           // what we ended the handshake for: a person's no, a bad key

	auth authentication
}

func (h *handshake) clientConfig() *gossh.ClientConfig {
	return &gossh.ClientConfig{
		Config:            h.config.transportConfig(),
		User:              h.config.User,
		ClientVersion:     clientVersion,
		HostKeyAlgorithms: h.config.hostKeyAlgorithms(),
		HostKeyCallback:   func(_ string, _ net.Addr, key gossh.PublicKey) error { return h.decide(key) },
		BannerCallback:    h.banner,
		AuthCallback:      h.nextMethod,
	}
}

func (h *handshake) progress(s State) {
	if h.config.Progress != nil {
		h.config.Progress(s)
	}
}

// decide is asked for every key exchange. Only the first is a question: a later one of
// the same connection must bring the same key.
func (h *handshake) decide(key gossh.PublicKey) error {
	h.mu.Lock()
	known := h.hostKey
	h.mu.Unlock()
	if known != nil {
		if bytes.Equal(known.Marshal(), key.Marshal()) {
			return nil
		}
		return h.conn.fail(&Error{
			Code:    wire.CodeHostKeyChanged,
			Message: "The device changed its host key within the connection. The connection was ended.",
			Detail: map[string]any{
				"name": "", "known": []string{gossh.FingerprintSHA256(known)},
				"offered": gossh.FingerprintSHA256(key),
			},
		})
	}
	if h.config.HostKey == nil {
		return h.stop(&Error{
			Code:    wire.CodeHostKeyRejected,
			Message: "Nothing decides about host keys here, so no device is trusted.",
		})
	}
	h.conn.dog.pause()
	stopWatching := h.conn.watch()
	err := h.config.HostKey(h.ctx, key)
	stopWatching()
	h.conn.dog.resume()
	if err == nil && h.ctx.Err() != nil {
		err = context.Cause(h.ctx)
	}
	if err != nil {
		return h.stop(h.explainDecision(err))
	}
	h.mu.Lock()
	h.hostKey = key
	h.mu.Unlock()
	h.progress(StateAuthenticating)
	return nil
}

// explainDecision gives the error of a host key decision its code.
func (h *handshake) explainDecision(err error) error {
	var changed *hostkey.ChangedError
	var revoked *hostkey.RevokedError
	var certificate *hostkey.CertificateError
	switch {
	case h.ctx.Err() != nil:
		return context.Cause(h.ctx)
	case errors.Is(err, ErrCancelled):
		return &Error{Code: wire.CodeCancelled, Message: "Cancelled.", Err: err}
	case errors.As(err, &changed):
		return &Error{
			Code: wire.CodeHostKeyChanged, Err: err,
			Message: "The host key of this device has changed. Either it was installed anew, or something " +
				"else answers in its place. Forget the old key only when you know why.",
			Detail: map[string]any{"name": changed.Name, "known": changed.Known, "offered": changed.Offered},
		}
	case errors.As(err, &revoked):
		return &Error{
			Code: wire.CodeHostKeyRevoked, Err: err,
			Message: "The host key of this device is marked as revoked. Do not connect; ask who looks after the device.",
			Detail:  map[string]any{"name": revoked.Name, "offered": revoked.Offered},
		}
	case errors.As(err, &certificate):
		return &Error{
			Code: wire.CodeHostKeyRejected, Err: err,
			Message: "The device shows a host certificate that is not valid: " + certificate.Reason + ".",
		}
	case errors.Is(err, hostkey.ErrRejected):
		return &Error{
			Code: wire.CodeHostKeyRejected, Err: err,
			Message: "The host key was not accepted, so nothing was sent to the device.",
		}
	default:
		return asError(err, wire.CodeHostKeyRejected,
			"Whether the host key is known could not be found out, so the device is not trusted.")
	}
}

// stop records what ends the handshake, unless the conn or the context ended it first.
func (h *handshake) stop(reason error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fault == nil && h.ctx.Err() == nil {
		h.fault = reason
	}
	return reason
}

func (h *handshake) faultOf() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fault
}
