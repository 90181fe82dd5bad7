package tenant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// StatusError is an answer that is no success.
type StatusError struct {
	Status  int
	Message string // of the tenant, cleaned; may be ""
}

// Error is for the log and for --verbose.
func (e *StatusError) Error() string {
	return fmt.Sprintf("HTTP status %d (%s): %s", e.Status, http.StatusText(e.Status), e.Message)
}

// notFound tells whether err is a 404 of the tenant.
func notFound(err error) bool {
	status, ok := errors.AsType[*StatusError](err)
	return ok && status.Status == http.StatusNotFound
}

// statusError explains a status.
func (c *Client) statusError(a answer) error {
	cause := &StatusError{Status: a.status, Message: tenantMessage(a.body)}
	said := ""
	if cause.Message != "" {
		said = fmt.Sprintf(" It says: %q.", cause.Message)
	}
	switch a.status {
	case http.StatusUnauthorized:
		return fault.Wrap(cause, fault.SignIn, "%s%s", c.signInAgain(), said)
	case http.StatusForbidden:
		return fault.Wrap(cause, fault.Permission, "%s does not allow this to your user.%s Ask an administrator of the tenant for the rights.", c.Host(), said)
	case http.StatusNotFound:
		return fault.Wrap(cause, fault.Failed, "%s does not know what was asked for.%s", c.Host(), said)
	case http.StatusProxyAuthRequired:
		return proxySignIn(cause)
	case http.StatusTooManyRequests:
		return fault.Wrap(cause, fault.Permission, "%s has had too many requests.%s Try again in a while.", c.Host(), said)
	case http.StatusGatewayTimeout:
		return fault.Wrap(cause, fault.Timeout, "%s did not get an answer in time.%s Try again in a moment.", c.Host(), said)
	case http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadRequest:
		return fault.Wrap(cause, fault.Usage, "%s refused the request (HTTP status %d).%s", c.Host(), a.status, said)
	default:
		return fault.Wrap(cause, fault.Network, "%s answered with HTTP status %d (%s).%s", c.Host(), a.status, http.StatusText(a.status), said)
	}
}

// signInAgain says why a sign-in is refused, as far as can be told.
func (c *Client) signInAgain() string {
	c.mu.Lock()
	token := c.proof.token
	c.mu.Unlock()
	if claims, ok := ReadClaims(token); ok && !claims.Expires.IsZero() && claims.Expires.Before(time.Now()) {
		return fmt.Sprintf("The sign-in at %s has expired. Run `porthole login`.", c.Host())
	}
	if OfGateway(token) {
		return fmt.Sprintf("%s does not accept this command line any more. Run `porthole login --gateway %s`.", c.Host(), c.BaseURL())
	}
	if token != "" {
		return fmt.Sprintf("%s does not accept the token. Run `porthole login` for a new one.", c.Host())
	}
	return fmt.Sprintf("%s does not accept user and password. Check them, and the tenant's id.", c.Host())
}

// transportError explains a request that got no answer.
func (c *Client) transportError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) {
		return fmt.Errorf("ask %s: %w", c.Host(), cause)
	}
	if address, ok := errors.AsType[*url.Error](err); ok {
		err = address.Err // its text repeats the address with the query
	}
	var (
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		unknown x509.UnknownAuthorityError
		network net.Error
		name    *net.DNSError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return fault.Wrap(err, fault.Network, "The HTTP proxy on the way to %s cannot be reached: %v. Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.", c.Host(), op.Err)
	case strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)):
		return proxySignIn(err)
	case errors.As(err, &verify), errors.As(err, &unknown):
		return fault.Wrap(err, fault.Network, "The certificate of %s is not valid, so nothing was sent to it: %v. Name its authority by SSL_CERT_FILE, or, for a test, use --insecure.", c.Host(), err)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return fault.Wrap(err, fault.Network, "%s does not speak https at this port. Check the address.", c.Host())
	case errors.As(err, &name):
		return fault.Wrap(err, fault.Network, "The name %s is not known to the network. Check the address.", c.Host())
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fault.Wrap(err, fault.Timeout, "%s did not answer in time. Check the network and try again.", c.Host())
	}
	why := err
	if op != nil {
		why = op.Err // without the address, which the sentence has
	}
	return fault.Wrap(err, fault.Network, "%s cannot be reached: %v. Check the address and the network.", c.Host(), why)
}

// proxySignIn is not the tenant's no, whoever wrote the status.
func proxySignIn(cause error) error {
	return fault.Wrap(cause, fault.Network, "The HTTP proxy wants a sign-in. Put user and password into the address of HTTPS_PROXY.")
}

// redirected refuses to follow.
func (c *Client) redirected(resp *http.Response) error {
	cause := &StatusError{Status: resp.StatusCode}
	where := "another address"
	if to, err := resp.Location(); err == nil {
		where = clean(to.Scheme + "://" + to.Host)
	}
	return fault.Wrap(cause, fault.Network, "%s sends its visitors to %s. Credentials do not follow: if that is the right address, use it.", c.Host(), where)
}

// maxMessage is the longest sentence of a tenant that is shown, in bytes.
const maxMessage = 300

// tenantMessage is the sentence of an error body, in the platform's shape or ours.
func tenantMessage(body []byte) string {
	var parsed wire.ErrorBody
	if json.Unmarshal(body, &parsed) != nil {
		return ""
	}
	return clean(parsed.Message)
}

// clean keeps control characters of foreign text away from the terminal.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	for len(s) > maxMessage {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}
