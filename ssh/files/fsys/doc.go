// Package fsys is what the file client offers, whichever way it reaches the device's
// files: the interface FS and the types it speaks in. Backends are sftpfs (SFTP,
// draft-ietf-secsh-filexfer-02) and shellfs (POSIX tools over exec, for devices without
// the subsystem).
//
// Paths are the device's own: "/"-separated, bytes of any encoding but NUL. Relative ones
// count from the home directory.
package fsys
