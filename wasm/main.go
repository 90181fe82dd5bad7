//go:build js

// Command wasm is the SSH client for the browser. It puts one function on the worker's
// global object, portholeBridge (web/src/bridge/bridge.d.ts), and waits for ever.
package main

import (
	"context"
	"net"
	"runtime/debug"
	"syscall/js"

	"porthole/ssh/profile"
	"porthole/ssh/tunnel"
	"porthole/wasm/bridge"
	"porthole/wasm/jssocket"
)

// gcPercent lets the heap grow to five times its live size between collections: the live
// heap is a few MB, and SSH packets are garbage at once. Measured at 100 MB/s it makes
// 17 collections of 100, for 13 MB more memory.
const gcPercent = 400

// database is the name of the profile in IndexedDB.
const database = "porthole"

func main() {
	debug.SetGCPercent(gcPercent)
	b := bridge.New(bridge.Options{
		Dial: func(ctx context.Context, url string) (net.Conn, error) {
			return tunnel.Dial(ctx, tunnel.Options{URL: url, Open: jssocket.Open})
		},
		Profile: openProfile,
		Warn:    bridge.ConsoleWarn,
	})
	js.Global().Set("portholeBridge", b.Entry())
	select {}
}

// openProfile opens the profile in IndexedDB, or in memory where there is none.
func openProfile(ctx context.Context) (*profile.Profile, error) {
	files, err := profile.Browser(ctx, database)
	if err != nil {
		bridge.ConsoleWarn("no IndexedDB, host keys and settings are forgotten when the page closes", err)
		files = nil
	}
	return profile.Open(profile.Options{FS: files, Lock: bridge.WebLocks(), Warn: bridge.ConsoleWarn})
}
