package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"porthole/ssh/wire"
)

// TenantError is why the tenant did not give what was asked: a code for machines, a
// sentence for the person, the cause for the log.
type TenantError struct {
	// Status is the tenant's HTTP status, 0 when it did not answer.
	Status  int
	Code    wire.ErrorCode
	Message string
	Cause   error
}

// Error is for the log; it holds no secret.
func (f *TenantError) Error() string {
	if f.Cause != nil {
		return fmt.Sprintf("tenant: %s: %v", f.Code, f.Cause)
	}
	return fmt.Sprintf("tenant: %s: status %d", f.Code, f.Status)
}

// Unwrap gives the cause.
func (f *TenantError) Unwrap() error { return f.Cause }

// HTTPStatus is the status that the gateway answers with for the code.
func (f *TenantError) HTTPStatus() int {
	switch f.Code {
	case wire.CodeNotSignedIn, wire.CodeSignInRefused, wire.CodeTFARequired, wire.CodePasswordExpired:
		return http.StatusUnauthorized
	case wire.CodeForbidden:
		return http.StatusForbidden
	case wire.CodeNotFound, wire.CodeNotSubscribed:
		return http.StatusNotFound
	case wire.CodeTenantSlow:
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadGateway
	}
}

// TransportFailure names an error of a round trip to the tenant.
func TransportFailure(err error) *TenantError {
	if failure, ok := errors.AsType[*TenantError](err); ok {
		return failure
	}
	f := &TenantError{
		Code: wire.CodeTenantUnreachable, Cause: err,
		Message: "The tenant cannot be reached from the gateway. Try again; if it stays so, check the tenant's address and the network.",
	}
	var (
		network  net.Error
		verify   *tls.CertificateVerificationError
		hostname x509.HostnameError
		unknown  x509.UnknownAuthorityError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &verify), errors.As(err, &hostname), errors.As(err, &unknown), errors.As(err, &invalid):
		f.Code = wire.CodeTenantCertificate
		f.Message = "The tenant's certificate is not valid, so nothing was sent to it. Tell the gateway's administrator."
	case errors.As(err, &record):
		f.Code = wire.CodeTenantBadAnswer
		f.Message = "The tenant does not speak https at this address. Tell the gateway's administrator."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		f.Code = wire.CodeTenantSlow
		f.Message = "The tenant did not answer in time. Try again in a moment."
	}
	return f
}

// statusFailure names an answer of the tenant that is not a success. The body, when it
// is the platform's JSON, brings the sentence.
func statusFailure(status int, body []byte) *TenantError {
	message := tenantMessage(body)
	f := &TenantError{Status: status, Message: message}
	switch status {
	case http.StatusUnauthorized:
		f.Code, f.Message = wire.CodeNotSignedIn, "The tenant does not accept this sign-in any more. Sign in again."
		f.Cause = fmt.Errorf("tenant says %q", message)
	case http.StatusForbidden:
		f.Code = wire.CodeForbidden
		if message == "" {
			f.Message = "The tenant refuses this to your user. Ask an administrator of the tenant for the rights."
		}
	case http.StatusNotFound:
		f.Code = wire.CodeNotFound
		if message == "" {
			f.Message = "The tenant does not know what was asked for: it may have been removed."
		}
	default:
		f.Code = wire.CodeTenantBadAnswer
		f.Cause = fmt.Errorf("unexpected status, tenant says %q", message)
		f.Message = fmt.Sprintf("The tenant answered with status %d, which the gateway did not expect. Try again in a moment.", status)
	}
	return f
}

// BadAnswer is an answer of the tenant that cannot be read.
func BadAnswer(status int, cause error) *TenantError {
	return &TenantError{
		Status: status, Code: wire.CodeTenantBadAnswer, Cause: cause,
		Message: "The tenant gave an answer that cannot be read. Try again; if it stays so, tell the gateway's administrator.",
	}
}

// Redirected is an answer that leads elsewhere: credentials never follow it.
func Redirected(status int) *TenantError {
	return &TenantError{
		Status: status, Code: wire.CodeTenantBadAnswer, Cause: fmt.Errorf("status %d", status),
		Message: "The tenant sent the gateway to another address, where it does not go. Tell the gateway's administrator to check the tenant's address.",
	}
}

// maxMessage is the longest sentence of a tenant that is shown, in bytes.
const maxMessage = 300

// tenantMessage is the sentence of an error body in the platform's shape, cleaned: it
// comes from outside and is shown to a person.
func tenantMessage(body []byte) string {
	var parsed struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &parsed) != nil {
		return ""
	}
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, parsed.Message)
	for len(clean) > maxMessage {
		_, size := utf8.DecodeLastRuneInString(clean)
		clean = clean[:len(clean)-size]
	}
	return strings.TrimSpace(clean)
}
