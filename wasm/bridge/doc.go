//go:build js

// Package bridge is the Go half of the boundary between the browser's TypeScript and
// the SSH client; the contract, and what every method promises, is
// web/src/bridge/bridge.d.ts. One file per noun: [Bridge] opens connections (open.go),
// a connection opens sessions (connection.go, session.go), a profile (profile.go).
//
// Lifetimes: an object's functions are held by Go until the object ended; after that a
// method rejects with "closed" and close resolves. What JavaScript calls never blocks:
// it starts a goroutine or puts work in a queue and returns a promise.
//
// Flow control: output goes to the sink chunk by chunk, and Go reads on only when the
// sink's promise resolved, with one more chunk gathering meanwhile (pump.go); so a
// device is slowed by its own SSH window. Input waits in a queue of its session until
// the SSH window takes it (queue.go).
//
// Failures: a panic in any goroutine of this package ends what it served with code
// "internal" and prints its stack on the console; the program lives on.
package bridge
