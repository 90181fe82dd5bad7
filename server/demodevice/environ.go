package demodevice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"porthole/ssh/sshtest"
)

// defaultPath is for a starter whose own PATH is unusable.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// acceptEnv lets a client set its language, as OpenSSH in Debian does, and nothing that
// could change which program runs.
func acceptEnv(name, _ string) bool {
	return name == "LANG" || strings.HasPrefix(name, "LC_")
}

// environ is the environment of a session. Of the gateway's own, which may hold secrets,
// only what a login would set itself is passed on.
func (who account) environ(s *sshtest.Session) []string {
	env := []string{
		"USER=" + who.name, "LOGNAME=" + who.name, "HOME=" + who.home, "SHELL=" + who.shell, "PATH=" + searchPath(os.Getenv("PATH")),
	}
	if zone := os.Getenv("TZ"); zone != "" {
		env = append(env, "TZ="+zone)
	}
	env = append(env, connectionEnv(s)...)
	if p := s.PTY(); p != nil && p.Term != "" && !strings.ContainsRune(p.Term, 0) {
		env = append(env, "TERM="+p.Term)
	}
	return append(append(env, locale(os.Environ())...), s.Environ()...)
}

// locale is the starter's language, as a login sets it; what the client sends comes after
// it and wins. Without any a shell would take each byte of an umlaut for a command key.
func locale(starter []string) []string {
	var env []string
	for _, pair := range starter {
		if name, _, ok := strings.Cut(pair, "="); ok && acceptEnv(name, "") {
			env = append(env, pair)
		}
	}
	if len(env) == 0 {
		env = append(env, "LANG=C.UTF-8")
	}
	return env
}

// searchPath keeps the absolute folders of the starter's PATH: a relative one would run
// what lies in the current folder.
func searchPath(path string) string {
	var keep []string
	for _, dir := range filepath.SplitList(path) {
		if filepath.IsAbs(dir) {
			keep = append(keep, dir)
		}
	}
	if len(keep) == 0 {
		return defaultPath
	}
	return strings.Join(keep, ":")
}

// connectionEnv is what programs read to know they run behind SSH (ssh(1) ENVIRONMENT).
func connectionEnv(s *sshtest.Session) []string {
	client, errClient := netip.ParseAddrPort(s.Conn().RemoteAddr().String())
	server, errServer := netip.ParseAddrPort(s.Conn().LocalAddr().String())
	if errClient != nil || errServer != nil {
		return nil
	}
	return []string{
		fmt.Sprintf("SSH_CLIENT=%s %d %d", client.Addr(), client.Port(), server.Port()),
		fmt.Sprintf("SSH_CONNECTION=%s %d %s %d", client.Addr(), client.Port(), server.Addr(), server.Port()),
	}
}

// errForwardAway is what a client reads that asks for another machine.
var errForwardAway = errors.New("the demo device forwards to its own loopback addresses only")

// directToSelf refuses at once what names another machine by address; names are decided
// by dialSelf, when they have been resolved.
func directToSelf(host string, _ int) error {
	if host == "" {
		return errForwardAway
	}
	if ip, err := netip.ParseAddr(host); err == nil && !ip.Unmap().IsLoopback() {
		return errForwardAway
	}
	return nil
}

// dialSelf dials loopback only, whatever a name resolves to.
func dialSelf(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{ControlContext: func(_ context.Context, _, to string, _ syscall.RawConn) error {
		if checkLoopback(to) != nil {
			return errForwardAway
		}
		return nil
	}}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %s", address, plainCause(err))
	}
	return conn, nil
}
