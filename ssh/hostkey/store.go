package hostkey

import "context"

// Store keeps the known_hosts text. It is implemented by ssh/profile.
type Store interface {
	// KnownHosts gives the whole text; empty when there is none yet.
	KnownHosts(ctx context.Context) ([]byte, error)
	// UpdateKnownHosts reads the text, lets edit change it, and writes the result, with
	// no other writer in between. Nothing is written when edit fails.
	UpdateKnownHosts(ctx context.Context, edit func(text []byte) ([]byte, error)) error
}
