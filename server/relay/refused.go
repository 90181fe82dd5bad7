package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"porthole/ssh/wire"
)

const (
	// maxTenantMessage is the longest message of a tenant that is shown, in bytes.
	maxTenantMessage = 200
	// maxRetryAfter bounds the waiting that a tenant may ask of our clients.
	maxRetryAfter = time.Hour
	// statusClientGone is for the log only: the client went away, nobody reads it.
	statusClientGone = 499
)

// errSlow is the cause when DialTimeout ran out.
var errSlow = errors.New("the tenant did not answer in time")

// dialRefused turns a failed dial into what the client is told. resp is the tenant's
// answer when there was one.
func (r *Relay) dialRefused(ctx context.Context, c Connection, resp *http.Response, err error) *Refused {
	hide := secrets(c.Header, c.Upstream)
	cause := safeCause(err, hide)
	switch {
	case resp != nil:
		return answerRefused(resp, cause, hide, r.cfg.Now())
	case r.stopped.Err() != nil:
		return stopping()
	case errors.Is(context.Cause(ctx), errSlow), isTimeout(err):
		return refuse(http.StatusGatewayTimeout, wire.CodeTenantSlow,
			"The tenant did not answer in time. Try again in a moment.", cause)
	case ctx.Err() != nil:
		return refuse(statusClientGone, wire.CodeInvalid, "The client went away before the tenant answered.", cause)
	case isCertificate(err):
		return refuse(http.StatusBadGateway, wire.CodeTenantCertificate,
			"The tenant's certificate is not valid, so the gateway did not connect. Tell the gateway's administrator.", cause)
	case isUnreachable(err):
		return refuse(http.StatusBadGateway, wire.CodeTenantUnreachable,
			"The gateway cannot reach the tenant. Try again in a moment, or tell the gateway's administrator.", cause)
	}
	return refuse(http.StatusBadGateway, wire.CodeTenantBadAnswer,
		"The tenant sent an answer that the gateway cannot read. Tell the gateway's administrator.", cause)
}

// answerRefused reads a tenant's answer that is no websocket.
func answerRefused(resp *http.Response, cause error, hide []string, now time.Time) *Refused {
	cause = fmt.Errorf("tenant answered %d: %w", resp.StatusCode, cause)
	said := tenantMessage(resp, hide)
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return refuse(http.StatusUnauthorized, wire.CodeNotSignedIn,
			because("The tenant does not accept this sign-in. Sign in again", said), cause)
	case http.StatusForbidden:
		return refuse(http.StatusForbidden, wire.CodeForbidden,
			because("The tenant does not allow you this connection. Ask its administrator for remote access", said), cause)
	case http.StatusNotFound:
		return refuse(http.StatusNotFound, wire.CodeNotFound,
			because("The tenant does not know this device or configuration. Reload the device list", said), cause)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		f := refuse(http.StatusServiceUnavailable, wire.CodeTenantUnreachable,
			because("The tenant is too busy to take the connection. Try again later", said), cause)
		f.RetryAfter = retryAfter(resp.Header, now)
		return f
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return refuse(http.StatusBadGateway, wire.CodeTenantUnreachable,
			because("The tenant's own service does not answer. Try again in a moment", said), cause)
	case http.StatusSwitchingProtocols:
		return refuse(http.StatusBadGateway, wire.CodeTenantBadAnswer,
			"The tenant's websocket answer breaks the protocol. Tell the gateway's administrator.", cause)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return refuse(http.StatusBadGateway, wire.CodeTenantBadAnswer,
			"The tenant's address redirects elsewhere; the gateway does not follow. Tell the gateway's administrator.", cause)
	}
	return refuse(http.StatusBadGateway, wire.CodeTenantBadAnswer,
		because("The tenant answered with status "+strconv.Itoa(resp.StatusCode)+" instead of a connection", said), cause)
}

func refuse(status int, code wire.ErrorCode, message string, cause error) *Refused {
	return &Refused{Status: status, ErrorBody: wire.ErrorBody{Error: code, Message: message}, Cause: cause}
}

// because adds what the tenant said to a sentence without its full stop.
func because(sentence, said string) string {
	if said == "" {
		return sentence + "."
	}
	return sentence + ". The tenant says: " + said
}

// tenantMessage is the "message" of a JSON error answer when it is short, else "".
// The library keeps at most 1024 bytes of the body.
func tenantMessage(resp *http.Response, hide []string) string {
	if resp.Body == nil {
		return ""
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return ""
	}
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(b, &body) != nil || len(body.Message) > maxTenantMessage {
		return ""
	}
	return withoutSecrets(sentence(body.Message), hide)
}

// retryAfter reads Retry-After (RFC 9110 §10.2.3): seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var d time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		d = at.Sub(now)
	}
	if d <= 0 {
		return retryAfterLimit
	}
	return min(d, maxRetryAfter)
}

// safeCause is err for the log: without the address, whose query may hold a token,
// and without any credential that an answer may have repeated.
func safeCause(err error, hide []string) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	if text := err.Error(); withoutSecrets(text, hide) != text {
		return errors.New(withoutSecrets(text, hide))
	}
	return err
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func isCertificate(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

func isUnreachable(err error) bool {
	var (
		op    *net.OpError
		name  *net.DNSError
		alert tls.AlertError
	)
	return errors.As(err, &op) || errors.As(err, &name) || errors.As(err, &alert) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
