//go:build linux

package sftpfs_test

import (
	"testing"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/sftpfs"
)

func TestEveryClaimOfFSHoldsForOpenSSH(t *testing.T) {
	fs, err := sftpfs.Open(t.Context(), machine(t).Peer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	fstest.Run(t, fstest.Suite{FS: fs})
}
