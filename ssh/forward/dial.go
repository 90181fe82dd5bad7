package forward

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"porthole/ssh/wire"
)

// alive gives a context that ends with the forward too; stop frees it.
func (f *Forward) alive(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(f.life, func() { cancel(context.Cause(f.life)) })
	return ctx, func() { stop(); cancel(nil) }
}

// dial opens a connection, with TLS for https. What it fails with is for the person.
func (f *Forward) dial(ctx context.Context, pooled bool) (*conn, error) {
	ctx, stop := f.alive(ctx)
	defer stop()
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	f.dials.Add(1)
	patient, cancel := context.WithTimeoutCause(ctx, f.config.HeadLimit, &Error{
		Code: wire.CodeForwardSilent,
		Message: fmt.Sprintf("The device could not connect to %s within %v.",
			f.target.name, f.config.HeadLimit),
	})
	raw, err := f.config.Dial(patient)
	if err != nil {
		err = f.refusedError(patient, err)
		cancel()
		return nil, err
	}
	cancel()
	c := &conn{f: f, raw: raw, stream: raw, pooled: pooled, since: f.config.Now()}
	c.br = bufio.NewReaderSize(c, readBuffer)
	if !f.adopt(c) {
		c.abort(closedError())
		return nil, closedError()
	}
	if f.config.Target.Scheme == "https" {
		if err := f.secure(ctx, c); err != nil {
			c.abort(errFinished)
			return nil, err
		}
	}
	return c, nil
}

// refusedError explains why no connection came about.
func (f *Forward) refusedError(ctx context.Context, err error) error {
	if e := explanation(err); e != nil && e.Code != wire.CodeCancelled {
		return e
	}
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	return &Error{
		Code: wire.CodeForwardRefused, Err: err,
		Message: fmt.Sprintf("Nothing answers at %s of the device. Check that the service runs there and which port it has.",
			f.target.name),
	}
}

// secure makes TLS over the connection and has its certificate decided about, which may
// take a person minutes: the device may give up meanwhile, so the connection counts as
// used.
func (f *Forward) secure(ctx context.Context, c *conn) error {
	dog := newWatchdog(f.config.HeadLimit, func() { c.abort(f.silentError()) })
	defer dog.stop()
	t := tls.Client(c.raw, f.tlsConfig())
	if err := t.HandshakeContext(ctx); err != nil {
		switch cause := c.aborted(); {
		case cause != nil:
			return cause
		case ctx.Err() != nil:
			return cancelled(ctx)
		}
		return f.handshakeError(err)
	}
	dog.stop()
	c.stream = t
	if f.config.Certificate == nil {
		return &Error{Code: wire.CodeCertificateDenied, Message: "Nobody decides about the page's certificate, so it is refused."}
	}
	if err := f.config.Certificate(ctx, t.ConnectionState().PeerCertificates); err != nil {
		if e := explanation(err); e != nil {
			return e
		}
		if ctx.Err() != nil {
			return cancelled(ctx)
		}
		return &Error{Code: wire.CodeCertificateDenied, Message: "The page's certificate was not accepted.", Err: err}
	}
	c.used = true
	return nil
}

// tlsConfig asks for TLS 1.2 at least. Key exchange by RSA is offered last, for the old
// web servers of devices that know no other: it lacks forward secrecy, which the SSH
// connection around it has.
func (f *Forward) tlsConfig() *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		// Devices sign their own certificates: Config.Certificate decides, see secure.
		InsecureSkipVerify: true, //nolint:gosec // decided right after the handshake, before any request
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
			tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		},
	}
	if _, err := netip.ParseAddr(f.config.Target.Host); err != nil {
		config.ServerName = f.config.Target.Host // an address is never sent (RFC 6066 §3)
	}
	return config
}

func (f *Forward) handshakeError(err error) error {
	const brokeOff = "closed the connection in the middle of the TLS handshake"
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return f.garbageError("no TLS: open it as http", err)
	}
	alert, isOp := errors.AsType[*net.OpError](err)
	switch {
	case isOp && alert.Op == "remote error": // crypto/tls's name for an alert
		return f.garbageError("a refusal of the TLS that is offered (version 1.2 or newer, no client certificate)", err)
	case isOp && alert.Op != "local error", explanation(err) != nil,
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return f.brokenError(brokeOff, err)
	}
	return f.garbageError("TLS that cannot be used (version 1.2 or newer is needed, and a certificate of today's form)", err)
}

// waited says whether a connection stood idle since it was made, as while a person looks at
// its certificate.
func (c *conn) waited() time.Duration { return c.f.config.Now().Sub(c.since) }
