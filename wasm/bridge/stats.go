//go:build js

package bridge

import (
	"runtime"

	"porthole/wasm/jsval"
)

// stats is GoBridge.stats: memoryBytes is what Go has taken of the wasm memory, which
// never shrinks; heapBytes is what of it holds objects, garbage included.
func stats() any {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return map[string]any{
		"goroutines":  runtime.NumGoroutine(),
		"heapBytes":   float64(m.HeapAlloc),
		"memoryBytes": float64(m.Sys),
		"funcs":       jsval.Live(),
	}
}
