package api

import (
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"porthole/server/forwards"
	"porthole/ssh/wire"
)

// Bounds of texts of others, in bytes as they are logged.
const (
	maxRefused    = 300 // a device's reason
	maxLoggedPath = 4096
)

// eventAttrs are the fields of an event, checked: they end up in a log that people and
// programs read. paths: those of transfers may be among them.
func eventAttrs(event wire.ConnectionEvent, device wire.DeviceID, paths bool) ([]slog.Attr, *problem) {
	var attrs []slog.Attr
	var p *problem
	switch event.Type {
	case wire.EventForwardOpened, wire.EventForwardClosed, wire.EventForwardRefused:
		attrs, p = forwardAttrs(event, device)
	case wire.EventTransferFinished:
		attrs, p = transferAttrs(event, paths)
	default:
		return nil, invalid("The event is of no type that this gateway knows.")
	}
	if p != nil {
		return nil, p
	}
	attrs = append([]slog.Attr{slog.String("event", string(event.Type))}, attrs...)
	if !event.At.IsZero() {
		attrs = append(attrs, slog.Time("client_time", event.At.UTC()))
	}
	return attrs, nil
}

func forwardAttrs(event wire.ConnectionEvent, device wire.DeviceID) ([]slog.Attr, *problem) {
	host, portText, err := net.SplitHostPort(event.Destination)
	if err != nil {
		return nil, invalid(forwards.ErrHost.Error())
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, invalid(forwards.ErrPort.Error())
	}
	t, err := forwards.NewTarget("", "", wire.ForwardRequest{Device: device, Scheme: event.Scheme, Host: host, Port: int(port)})
	if err != nil {
		return nil, invalid(err.Error())
	}
	if event.BytesIn < 0 || event.BytesOut < 0 || event.Requests < 0 {
		return nil, errNegative
	}
	attrs := []slog.Attr{
		slog.String("destination", net.JoinHostPort(t.Host, strconv.Itoa(t.Port))),
		slog.String("scheme", t.Scheme), slog.Bool("plain", event.Plain),
	}
	switch event.Type {
	case wire.EventForwardClosed:
		attrs = append(attrs, slog.Int64("bytes_in", event.BytesIn), slog.Int64("bytes_out", event.BytesOut), slog.Int64("requests", event.Requests))
	case wire.EventForwardRefused:
		attrs = append(attrs, slog.String("refused", printable(event.Refused, maxRefused)))
	default:
	}
	return attrs, nil
}

var errNegative = invalid("An event cannot count below zero.")

var sha256Text = regexp.MustCompile(`^[0-9a-f]{64}$`)

// transferAttrs leave out path and hash where the log is not to have them, even when a
// page sends them all the same: a name can tell as much as a file.
func transferAttrs(event wire.ConnectionEvent, paths bool) ([]slog.Attr, *problem) {
	switch event.Direction {
	case wire.TransferDownload, wire.TransferUpload:
	default:
		return nil, invalid("The direction of a transfer is download or upload.")
	}
	switch event.Result {
	case wire.TransferDone, wire.TransferFailed, wire.TransferCancelled:
	default:
		return nil, invalid("The result of a transfer is done, failed or cancelled.")
	}
	if event.Bytes < 0 || event.Files < 0 {
		return nil, errNegative
	}
	attrs := []slog.Attr{
		slog.String("direction", string(event.Direction)), slog.String("result", string(event.Result)),
		slog.Int64("bytes", event.Bytes), slog.Int64("files", event.Files),
	}
	if !paths {
		return attrs, nil
	}
	if event.Path != "" {
		if event.Path[0] != '/' {
			return nil, invalid("The path of a transfer is absolute.")
		}
		attrs = append(attrs, slog.String("path", plainPath(event.Path, maxLoggedPath)))
	}
	if event.SHA256 != "" {
		if !sha256Text.MatchString(event.SHA256) {
			return nil, invalid("A SHA-256 is 64 hexadecimal digits in lower case.")
		}
		attrs = append(attrs, slog.String("sha256", event.SHA256))
	}
	return attrs, nil
}

// plainPath is a path in characters that a log can show, and two paths never look the
// same: a backslash is doubled, and what is not printable stands as \xNN (a byte) or
// \u{N}. In JSON a byte that is no UTF-8 is U+EF00 + byte (ssh/files/fsys/names.go). What
// is beyond limit bytes is cut, and marked by "…" in front of the rest.
func plainPath(path string, limit int) string {
	parts := make([]string, 0, len(path))
	for _, r := range path {
		switch {
		case r == '\\':
			parts = append(parts, `\\`)
		case r >= 0xEF80 && r <= 0xEFFF:
			parts = append(parts, fmt.Sprintf(`\x%02x`, r-0xEF00))
		case r < ' ' || r == 0x7F:
			parts = append(parts, fmt.Sprintf(`\x%02x`, r))
		case r != utf8.RuneError && unicode.IsPrint(r):
			parts = append(parts, string(r))
		default:
			parts = append(parts, fmt.Sprintf(`\u{%x}`, r))
		}
	}
	size, from := 0, len(parts)
	for from > 0 && size+len(parts[from-1]) <= limit {
		from--
		size += len(parts[from])
	}
	if from == 0 {
		return strings.Join(parts, "")
	}
	return "…" + strings.Join(parts[from:], "") // the end of a path says most
}

// printable is a text from outside without what would deceive the reader of a log, and
// of at most limit bytes.
func printable(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
