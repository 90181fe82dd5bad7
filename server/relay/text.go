package relay

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"porthole/ssh/wire"
)

// hidden stands where a secret stood.
const hidden = "(hidden)"

// keyInText finds connection keys in what a device reports: a UUID (the platform's
// keys are), or whatever follows the path of the device's websocket.
var keyInText = regexp.MustCompile(`(/remoteaccess/device/)[^\s"'<>]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// withoutKeys hides connection keys in a foreign text.
func withoutKeys(s string) string {
	return keyInText.ReplaceAllString(s, "${1}"+hidden)
}

// sentence makes a foreign text fit to show on one line: valid UTF-8, no control
// characters, no runs of blanks.
func sentence(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case !unicode.IsPrint(r): // direction marks and the like could disguise a text
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// closeReason cuts s to what a close frame holds (wire.MaxCloseReason bytes), at a
// character boundary: a peer must fail a reason that is not UTF-8 (RFC 6455 §5.5.1).
func closeReason(s string) string {
	return cut(s, wire.MaxCloseReason)
}

// cut shortens s to at most limit bytes, marked by an ellipsis, at a character boundary.
func cut(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	end := limit - len(mark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// secrets are the texts that must not leave the relay in an error: the credentials of
// the header and the query, also without their scheme ("Bearer x", cookie "a=x").
func secrets(header http.Header, upstream *url.URL) []string {
	var found []string
	add := func(s string) {
		// A text of a few characters is no secret, and hiding it would garble the rest.
		if len(s) >= 6 {
			found = append(found, s)
		}
	}
	for name, values := range header {
		switch name {
		case "Authorization", "Cookie", "X-Xsrf-Token", "Proxy-Authorization":
		default:
			continue
		}
		for _, v := range values {
			add(v)
			for _, part := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ';' }) {
				add(part)
				if _, value, ok := strings.Cut(part, "="); ok {
					add(value)
				}
			}
		}
	}
	if upstream != nil {
		for _, values := range upstream.Query() {
			for _, v := range values {
				add(v)
				add(url.QueryEscape(v))
			}
		}
		if password, ok := upstream.User.Password(); ok {
			add(password)
		}
	}
	return found
}

// withoutSecrets hides each of the secrets in s.
func withoutSecrets(s string, secrets []string) string {
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	return s
}
