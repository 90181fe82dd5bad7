package ssh

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"porthole/ssh/wire"
)

// Bounds on what a device may say before its SSH banner.
const (
	maxBannerLine = 255     // RFC 4253 §4.2, CR LF included
	maxBeforeText = 8 << 10 // lines before the banner, in all
	maxExcerpt    = 60      // characters of a foreign greeting shown to the person
)

// foreignGreetings begin what other services say first, or answer to our own banner.
// They only make the answer quick; any other text is given up on after greetingPatience.
var foreignGreetings = [][]byte{
	[]byte("HTTP/"), []byte("<"), []byte("220 "), []byte("220-"), []byte("RFB "),
	[]byte("+OK"), []byte("-ERR"), []byte("* OK"), []byte("@RSYNCD"), []byte("421 "),
}

// greeting is what the first bytes of a device turned out to be.
type greeting int

const (
	greetingUnknown greeting = iota // not enough bytes yet
	greetingSSH                     // a complete banner of SSH 2
	greetingSSH1                    // a banner of SSH 1
	greetingForeign                 // something else
)

// readGreeting judges the bytes received so far (RFC 4253 §4.2): lines of text may come
// first, then the banner. start is where the banner begins, when there is one.
func readGreeting(b []byte) (g greeting, start int) {
	for start < len(b) {
		line := b[start:]
		end := bytes.IndexByte(line, '\n')
		if end >= 0 {
			line = line[:end]
		}
		if bytes.HasPrefix(line, []byte("SSH-")) {
			return readBanner(line, end >= 0), start
		}
		if foreignLine(line) || start+len(line) > maxBeforeText {
			return greetingForeign, 0
		}
		if end < 0 {
			return greetingUnknown, 0
		}
		start += end + 1
	}
	return greetingUnknown, 0
}

// readBanner judges a line that begins with "SSH-".
func readBanner(line []byte, complete bool) greeting {
	if len(line) >= maxBannerLine {
		return greetingForeign
	}
	if !complete {
		return greetingUnknown
	}
	// 1.99 is a server that speaks both (RFC 4253 §5.1).
	if bytes.HasPrefix(line, []byte("SSH-2.0-")) || bytes.HasPrefix(line, []byte("SSH-1.99-")) {
		return greetingSSH
	}
	if bytes.HasPrefix(line, []byte("SSH-1.")) {
		return greetingSSH1
	}
	return greetingForeign
}

// foreignLine tells whether a line before the banner shows that no banner will come:
// binary data (a TLS alert, Telnet's 0xFF) or the greeting of another service.
func foreignLine(line []byte) bool {
	for _, c := range line {
		if c == 0xff || c == 0x7f || c < 0x20 && c != '\t' && c != '\r' && c != 0x1b {
			return true
		}
	}
	for _, prefix := range foreignGreetings {
		if bytes.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// notSSHError says what answered instead.
func notSSHError(g greeting, received []byte, cause error) *Error {
	if g == greetingSSH1 {
		return &Error{
			Code: wire.CodeNotSSH, Err: cause, Detail: map[string]any{"received": excerpt(received)},
			Message: "The device speaks only version 1 of SSH, which is not safe to use. Its SSH server must be updated.",
		}
	}
	text := excerpt(received)
	message := fmt.Sprintf("Something other than an SSH server answers on this port: %q. "+
		"Check the port of the remote access configuration.", text)
	if text == "" {
		message = "Something other than an SSH server answers on this port, with bytes that are not text. " +
			"Check the port of the remote access configuration."
	}
	return &Error{Code: wire.CodeNotSSH, Message: message, Detail: map[string]any{"received": text}, Err: cause}
}

// excerpt shows the printable characters among the first of what came.
func excerpt(received []byte) string {
	out := make([]rune, 0, maxExcerpt)
	for _, r := range printable(string(bytes.ToValidUTF8(received[:min(len(received), 512)], nil)), 512) {
		if len(out) == maxExcerpt {
			break
		}
		if r != utf8.RuneError {
			out = append(out, r)
		}
	}
	return string(out)
}
