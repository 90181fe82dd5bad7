//go:build js

package bridge

import (
	"context"
	"net"
	"sync"
	"syscall/js"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/profile"
)

// version is BRIDGE_VERSION of bridge.d.ts.
const version = 2

// Options are what a bridge works with.
type Options struct {
	// Dial opens the tunnel to a passthrough websocket. Needed.
	Dial func(ctx context.Context, url string) (net.Conn, error)
	// Profile opens the profile; it is called once, when first needed. Needed.
	Profile func(ctx context.Context) (*profile.Profile, error)
	// Files reaches a device's files; nil: by SFTP, else by its shell.
	Files func(ctx context.Context, peer fsys.Peer) (fsys.FS, error)
	// Warn is told what a developer wants to know; nil drops it.
	Warn func(message string, cause error)
}

// Bridge is what JavaScript gets hold of.
type Bridge struct {
	opts    Options
	warn    warnFunc
	profile func() (*profile.Profile, error)

	profileOnce  sync.Once
	profileValue js.Value // GoProfile, once it was asked for
}

// New makes a bridge.
func New(opts Options) *Bridge {
	b := &Bridge{opts: opts, warn: opts.Warn}
	if b.warn == nil {
		b.warn = func(string, error) {}
	}
	if b.opts.Files == nil {
		b.opts.Files = files.Open
	}
	b.profile = sync.OnceValues(func() (*profile.Profile, error) {
		return opts.Profile(context.Background())
	})
	return b
}

// Entry returns the function for the global object: BridgeEntry of bridge.d.ts. Its
// functions live as long as the program.
func (b *Bridge) Entry() js.Value {
	object := newObject()
	object.set("version", version)
	object.method("open", 2, b.open)
	object.method("profile", 0, b.openProfile)
	object.method("directForward", 2, b.directForward)
	object.sync("stats", stats)
	value := object.freeze()

	entry, _ := methods.Bind(func([]js.Value) any {
		return promise(b.warn, func() (any, error) { return value, nil })
	})
	return entry
}
