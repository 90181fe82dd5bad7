package sshtest

import (
	"errors"
	"io"

	"github.com/pkg/sftp"
)

// SFTP returns a handler for the subsystem "sftp" that serves the files of the machine
// with the rights of the server's process; relative paths start in dir.
func SFTP(dir string) func(*Session) {
	return func(s *Session) {
		server, err := sftp.NewServer(s, sftp.WithServerWorkingDirectory(dir))
		if err != nil {
			s.Exit(1)
			return
		}
		serveSFTP(s, server)
	}
}

// MemorySFTP returns a handler for the subsystem "sftp" that serves one file system in
// memory, shared by all its sessions; it works under GOOS=js.
func MemorySFTP() func(*Session) {
	files := sftp.InMemHandler()
	return func(s *Session) { serveSFTP(s, sftp.NewRequestServer(s, files)) }
}

func serveSFTP(s *Session, server interface {
	Serve() error
	Close() error
},
) {
	err := server.Serve()
	_ = server.Close() // closes the files the client left open
	if err != nil && !errors.Is(err, io.EOF) {
		s.Exit(1)
	}
}
