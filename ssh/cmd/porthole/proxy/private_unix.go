//go:build unix

package proxy

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// umaskMu: the mask belongs to the process.
var umaskMu sync.Mutex

// listenPrivate makes the socket with mode 0600 from its first moment on.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	umaskMu.Lock()
	defer umaskMu.Unlock()
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	return new(net.ListenConfig).Listen(ctx, "unix", path)
}
