// Package sftpfs is fsys.FS over SFTP (draft-ietf-secsh-filexfer-02, version 3) with
// OpenSSH's extensions where the server has them.
//
// The protocol is github.com/pkg/sftp's. What that does not offer (directories batch by
// batch, the server's limits) is asked for on the same channel by tap.go.
package sftpfs
