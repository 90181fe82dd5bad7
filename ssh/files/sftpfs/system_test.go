//go:build linux

package sftpfs_test

import (
	"testing"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

func TestEveryClaimOfFSHoldsForOpenSSH(t *testing.T) {
	m := machine(t)
	_, fs := open(t, m)
	fstest.Run(t, fstest.Suite{FS: fs, Mounted: func(t *testing.T, enter []string) fsys.FS {
		t.Helper()
		m.Inside = enter
		_, fs := open(t, m)
		return fs
	}})
}
