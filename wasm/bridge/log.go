//go:build js

package bridge

import (
	"context"
	"log/slog"
	"strings"
	"syscall/js"
)

// ConsoleLog returns a logger that writes warnings and errors to the browser's console.
func ConsoleLog() *slog.Logger { return slog.New(&consoleHandler{}) }

// consoleHandler is a slog.Handler of one line per record.
type consoleHandler struct{ prefix string }

// Enabled implements slog.Handler.
func (h *consoleHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

// Handle implements slog.Handler.
func (h *consoleHandler) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	line.WriteString("porthole: " + r.Message + h.prefix)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(attrText(a))
		return true
	})
	method := "warn"
	if r.Level >= slog.LevelError {
		method = "error"
	}
	js.Global().Get("console").Call(method, line.String())
	return nil
}

// WithAttrs implements slog.Handler.
func (h *consoleHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	prefix := h.prefix
	for _, a := range attrs {
		prefix += attrText(a)
	}
	return &consoleHandler{prefix}
}

// WithGroup implements slog.Handler; groups do not show.
func (h *consoleHandler) WithGroup(string) slog.Handler { return h }

func attrText(a slog.Attr) string { return " " + a.Key + "=" + a.Value.String() }
