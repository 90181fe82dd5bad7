//go:build unix

package main

import "golang.org/x/sys/unix"

// writable tells why no file can be made in a folder.
func writable(folder string) error { return unix.Access(folder, unix.W_OK|unix.X_OK) }
