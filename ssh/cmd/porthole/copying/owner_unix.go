//go:build unix

package copying

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner of what it replaces, as far as we may: root alone gives
// files away.
func keepOwner(file *os.File, old os.FileInfo) {
	status, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if file.Chown(int(status.Uid), int(status.Gid)) != nil {
		_ = file.Chown(-1, int(status.Gid)) // a group that we are in
	}
}
