//go:build !linux

package realpeer

import (
	"context"
	"errors"
)

// Start refuses: the libraries that give the servers their account are Linux's.
func Start(context.Context, Kind, Options) (*Peer, error) {
	return nil, errors.New("realpeer: real SSH servers are started on Linux only")
}

// Close does nothing.
func (*Peer) Close() error { return nil }
