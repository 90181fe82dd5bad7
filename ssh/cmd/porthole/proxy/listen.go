package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"porthole/ssh/cmd/porthole/fault"
)

// Stdin is the address that means standard input and output.
const Stdin = "-"

// unixPrefix begins the address of a unix socket.
const unixPrefix = "unix://"

// maxUnixPath is the longest path of a unix socket, in bytes, that every system takes:
// sun_path has 104 bytes on macOS, one of them the end.
const maxUnixPath = 103

// Address is what a listener was asked for, or has got.
type Address struct {
	Network string `json:"network"` // tcp or unix
	// Host and Port are of tcp; Host has no brackets.
	Host string `json:"host,omitempty"`
	Port int    `json:"port,omitempty"`
	Path string `json:"path,omitempty"` // of unix
}

// String is the address in the form that ParseAddress takes.
func (a Address) String() string {
	if a.Network == "unix" {
		return unixPrefix + a.Path
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
}

// Public tells whether other machines can reach it.
func (a Address) Public() bool {
	if a.Network == "unix" || a.Host == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(a.Host)
	return err != nil || !ip.Unmap().IsLoopback()
}

// ParseAddress reads HOST:PORT, [::1]:PORT, :PORT or unix:///path.
func ParseAddress(text string) (Address, error) {
	if path, ok := strings.CutPrefix(text, unixPrefix); ok {
		switch {
		case path == "":
			return Address{}, fault.New(fault.Usage, "The address %q names no path. Write it as unix:///tmp/device.sock.", text)
		case len(path) > maxUnixPath:
			return Address{}, fault.New(fault.Usage, "The path of the unix socket has %d bytes; systems take at most %d. Choose a shorter one.", len(path), maxUnixPath)
		case strings.ContainsRune(path, 0):
			return Address{}, fault.New(fault.Usage, "The path of the unix socket holds a zero byte.")
		}
		return Address{Network: "unix", Path: path}, nil
	}
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, fault.Wrap(err, fault.Usage, "The address %q cannot be understood. Write it as 127.0.0.1:0, [::1]:0, HOST:PORT, unix:///path or -.", text)
	}
	port, err := strconv.Atoi(service)
	if err != nil || port < 0 || port > 65535 {
		return Address{}, fault.New(fault.Usage, "The port %q of the address %q is none: it must be between 0 and 65535.", service, text)
	}
	return Address{Network: "tcp", Host: host, Port: port}, nil
}

// Listen opens a listener for the address and returns the one it has got.
func Listen(ctx context.Context, want Address) (net.Listener, Address, error) {
	if want.Network == "unix" {
		listener, err := listenUnix(ctx, want.Path)
		return listener, want, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", want.String())
	if err != nil {
		return nil, Address{}, listenError(want, err)
	}
	got := want
	if address, ok := listener.Addr().(*net.TCPAddr); ok {
		got.Port = address.Port
		if want.Host == "" {
			got.Host = address.IP.String()
		}
	}
	return listener, got, nil
}

// listenError explains why an address cannot be had.
func listenError(want Address, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fault.Wrap(err, fault.Local, "The address %s is in use by another program. Choose another one, or port 0 for any that is free.", want)
	case errors.Is(err, os.ErrPermission):
		return fault.Wrap(err, fault.Local, "You may not listen on %s. Choose a port above 1023, or a path you may write to.", want)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault.Wrap(err, fault.Local, "This machine has no address %s. Use 127.0.0.1 or [::1].", want.Host)
	}
	return fault.Wrap(err, fault.Local, "Nothing can listen on %s: %v.", want, rootCause(err))
}

// rootCause leaves out the address, which the sentence has already.
func rootCause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// listenUnix opens a unix socket that only its owner may connect to. A socket that
// nobody listens on any more is replaced, anything else left alone.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	listener, err := listenPrivate(ctx, path)
	if err != nil {
		return nil, listenError(Address{Network: "unix", Path: path}, err)
	}
	return listener, nil
}

// removeStale removes a socket whose program has gone.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, fault.Local, "The path %q cannot be looked at: %v.", path, err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return fault.New(fault.Local, "There is something at %q that is no socket. Remove it, or choose another path.", path)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
		return fault.New(fault.Local, "Another program listens on %s%s already. Choose another path.", unixPrefix, path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fault.Wrap(err, fault.Local, "There is a socket at %q, and whether it is in use cannot be told: %v.", path, rootCause(err))
	}
	if err := os.Remove(path); err != nil {
		return fault.Wrap(err, fault.Local, "The old socket %q cannot be removed: %v.", path, err)
	}
	return nil
}

// describe is for errors that name a local program.
func describe(conn net.Conn) string {
	if remote := conn.RemoteAddr(); remote != nil && remote.String() != "" && remote.Network() != "unix" {
		return fmt.Sprintf("%s: ", remote)
	}
	return ""
}
