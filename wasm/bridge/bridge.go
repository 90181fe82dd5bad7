//go:build js

package bridge

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"syscall/js"

	"porthole/ssh/profile"
)

// version is BRIDGE_VERSION of bridge.d.ts.
const version = 1

// Options are what a bridge works with.
type Options struct {
	// Dial opens the tunnel to a passthrough websocket. Needed.
	Dial func(ctx context.Context, url string) (net.Conn, error)
	// Profile opens the profile; it is called once, when first needed. Needed.
	Profile func(ctx context.Context) (*profile.Profile, error)
	// Log takes what a developer wants to see; nil discards it.
	Log *slog.Logger
}

// Bridge is what JavaScript gets hold of.
type Bridge struct {
	opts    Options
	log     *slog.Logger
	profile func() (*profile.Profile, error)

	profileOnce  sync.Once
	profileValue js.Value // GoProfile, once it was asked for
}

// New makes a bridge.
func New(opts Options) *Bridge {
	b := &Bridge{opts: opts, log: opts.Log}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
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
	object.sync("stats", stats)
	value := object.freeze()

	entry, _ := methods.Bind(func([]js.Value) any {
		return promise(b.log, func() (any, error) { return value, nil })
	})
	return entry
}
