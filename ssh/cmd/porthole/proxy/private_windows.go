package proxy

import (
	"context"
	"net"
)

// listenPrivate: on Windows the folder's rights decide who may connect.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "unix", path)
}
