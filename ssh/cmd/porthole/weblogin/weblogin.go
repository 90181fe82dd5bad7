// Package weblogin signs a command line in by the person's browser (RFC 8252): it listens
// on loopback, sends the person to the gateway's page with the hash of a secret (RFC 7636),
// and takes the code that the browser brings back.
//
// Others can reach the listener too: any program of this machine, and any page in the
// browser. An answer counts only with the state that this sign-in made up, and the code in
// it is worth nothing without the secret, which never leaves this process but to the gateway.
package weblogin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// Options of a sign-in.
type Options struct {
	Gateway *url.URL // scheme and host only
	// Machine names this machine to the person.
	Machine string
	// Show gives the person the address to open.
	Show func(address string)
	// Redeem turns the code into a token; the browser is told how that went.
	Redeem func(context.Context, Answer) error
	// Limit is how long the person may take.
	Limit time.Duration
}

// Answer is what the browser brought, and what proves that it was asked for here.
type Answer struct {
	Code, Verifier, Redirect string
}

// callbackPath is where the browser comes back to.
const callbackPath = "/callback"

// closeTime is how long the last page may take to reach the browser.
const closeTime = 2 * time.Second

// Run signs in. It returns when Redeem has, or when the person said no or did not answer.
func Run(ctx context.Context, o Options) error {
	listener, err := listen()
	if err != nil {
		return fault.Wrap(err, fault.Local, "This machine gives no port on loopback for the browser's answer: %v.", err)
	}
	verifier, state, err := secrets()
	if err != nil {
		_ = listener.Close() // the error of making secrets counts
		return err
	}
	host := listener.Addr().String()
	c := &callback{
		host: host, state: state, redeem: o.Redeem, done: make(chan error, 1),
		answer: Answer{Verifier: verifier, Redirect: "http://" + host + callbackPath},
	}
	server := &http.Server{
		Handler: c, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    log.New(io.Discard, "", 0), // foreign programs that speak no HTTP
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // its end is asked for below
	}()
	o.Show(address(o, verifier, state, c.answer.Redirect))
	err = c.wait(ctx, o.Limit)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if server.Shutdown(closing) != nil {
		_ = server.Close() // a browser that does not read its page
	}
	<-served
	return err
}

// wait returns what came of the sign-in.
func (c *callback) wait(ctx context.Context, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-c.done:
		return err
	case <-timer.C:
		return fault.New(fault.Timeout, "Nobody answered in the browser within %s. Run it again, and open the address in a browser of this machine.", limit)
	case <-ctx.Done():
		return fmt.Errorf("wait for the browser: %w", context.Cause(ctx))
	}
}

// listen takes a port of loopback, of whichever version this machine has.
func listen() (net.Listener, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // binding waits for nobody
	if err == nil {
		return listener, nil
	}
	listener, err6 := net.Listen("tcp6", "[::1]:0") //nolint:noctx // binding waits for nobody
	if err6 != nil {
		return nil, errors.Join(err, err6)
	}
	return listener, nil
}

// secrets are 256 random bits each.
func secrets() (verifier, state string, err error) {
	var bits [64]byte
	if _, err := rand.Read(bits[:]); err != nil {
		return "", "", fmt.Errorf("make secrets: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(bits[:32]), base64.RawURLEncoding.EncodeToString(bits[32:]), nil
}

// address is the gateway's page with what is asked for.
func address(o Options, verifier, state, redirect string) string {
	digest := sha256.Sum256([]byte(verifier))
	page := o.Gateway.JoinPath(wire.CLISignInPath)
	page.RawQuery = url.Values{
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])}, "code_challenge_method": {wire.ChallengeMethod},
		"redirect_uri": {redirect}, "state": {state}, "machine": {o.Machine},
	}.Encode()
	return page.String()
}
