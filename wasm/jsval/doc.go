//go:build js

// Package jsval has the typed helpers over syscall/js that wasm needs: bytes, promises,
// abort signals, and Go functions for JavaScript to call. It knows nothing of SSH.
//
// JavaScript exceptions become Go errors. Go functions are handed out through a
// [Dispatcher]: one js.Func that lives as long as the program, bound by JavaScript's own
// Function.prototype.bind to a number that Go looks up. So nothing can leak on the
// JavaScript side, a function that was released answers in a defined way instead of
// failing, and [Live] tells how many are still held.
//
// A getter or setter that throws ends the program, because Go cannot catch it: read
// fields of plain objects only.
//
// The program under js has one thread. A function that JavaScript calls must return at
// once; what takes time runs in a goroutine behind a [Promise].
package jsval
