//go:build !js

package tunnel

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"porthole/ssh/wire"
)

// maxErrorBody bounds how much of a refusal's body is read, in bytes.
const maxErrorBody = 16 << 10

// dialError turns a failed upgrade into a *DialError.
func dialError(resp *http.Response, err error) error {
	if resp == nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return unreachable(err)
	}
	refusal := &DialError{
		Code:   codeOfStatus(resp.StatusCode),
		Status: resp.StatusCode,
		Text:   fmt.Sprintf("The connection was refused with HTTP status %d (%s).", resp.StatusCode, http.StatusText(resp.StatusCode)),
		Err:    err,
	}
	if resp.Body == nil {
		return refusal
	}
	defer func() { _ = resp.Body.Close() }()
	var body wire.ErrorBody
	data, readErr := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	switch {
	case readErr != nil:
		return refusal
	case json.Unmarshal(data, &body) != nil:
		refusal.said = plainText(resp.Header.Get("Content-Type"), data)
		return refusal
	}
	if isOurCode(string(body.Error)) {
		refusal.Code = body.Error
	}
	if body.Message != "" {
		refusal.Text = printable(body.Message)
		refusal.said = refusal.Text
	}
	if refusal.Info = printable(body.Info); refusal.Info != "" {
		refusal.said = strings.TrimSpace(refusal.said + " (" + refusal.Info + ")")
	}
	return refusal
}

// maxSaid is how much of a body is shown that is no JSON, in bytes.
const maxSaid = 200

// plainText is a body as one line; a page for browsers is none.
func plainText(contentType string, body []byte) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "text/plain" {
		return ""
	}
	text := strings.Join(strings.Fields(string(body)), " ")
	return printable(strings.ToValidUTF8(text[:min(len(text), maxSaid)], ""))
}

func unreachable(err error) error {
	text := "The gateway could not be reached. Check the address and the network."
	if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
		text = "The certificate of the gateway is not valid, so nothing was sent to it."
	}
	return &DialError{Code: wire.CodeUnreachable, Text: text, Err: err}
}

// isOurCode tells a code of ssh/wire/error.go from the platform's own, which look
// like "security/Forbidden".
func isOurCode(code string) bool {
	for _, r := range code {
		if r != '_' && (r < 'a' || r > 'z') {
			return false
		}
	}
	return code != ""
}

// codeOfStatus is for answers without a body of ours, for example a tenant's.
func codeOfStatus(status int) wire.ErrorCode {
	switch status {
	case http.StatusUnauthorized:
		return wire.CodeNotSignedIn
	case http.StatusForbidden:
		return wire.CodeForbidden
	case http.StatusNotFound:
		return wire.CodeNotFound
	case http.StatusMisdirectedRequest:
		return wire.CodeMisdirected
	case http.StatusTooManyRequests:
		return wire.CodeTooManyConnections
	case http.StatusBadGateway:
		return wire.CodeTenantUnreachable
	case http.StatusServiceUnavailable:
		return wire.CodeStopping
	case http.StatusGatewayTimeout:
		return wire.CodeTenantSlow
	default:
		return wire.CodeRefused
	}
}
