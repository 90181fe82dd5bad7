//go:build js

package bridge

import (
	"strings"
	"syscall/js"
)

// warnFunc is told what a developer wants to know. It is no *slog.Logger, because that
// would add 140 KB, compressed, to what the browser loads.
type warnFunc = func(message string, cause error)

// ConsoleWarn writes one line to the browser's console. Control characters of a foreign
// text become spaces.
func ConsoleWarn(message string, cause error) {
	line := "porthole: " + message
	if cause != nil {
		line += ": " + strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, cause.Error())
	}
	js.Global().Get("console").Call("warn", line)
}
