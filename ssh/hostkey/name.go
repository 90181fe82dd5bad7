package hostkey

import (
	"fmt"
	"strconv"
	"strings"

	"porthole/ssh/wire"
)

// Name is the known_hosts name of an SSH server: "[HOST.DEVICEID.TENANT]:PORT". host and
// port are those of the remote access configuration, so as seen from the device: the
// device and the tenant make them unique. All ways to write loopback are one, an IP
// address has one spelling, and case does not count in a host. Brackets and port stand
// even for port 22, because OpenSSH takes a HostKeyAlias as it is.
//
// Bytes that mean something in known_hosts are written "=xx" in hexadecimal, and so is
// the dot in a device id or tenant: two different servers never share a name.
func Name(tenant wire.TenantID, device wire.DeviceID, host string, port int) string {
	return "[" + canonicalHost(host) + suffix(tenant, device) + strconv.Itoa(port)
}

// suffix is what all names of one device end in, but for the port.
func suffix(tenant wire.TenantID, device wire.DeviceID) string {
	return "." + escape(string(device), "") + "." + escape(string(tenant), "") + "]:"
}

// canonicalHost is the one spelling of a host, without bytes that mean something in
// known_hosts.
func canonicalHost(host string) string { return escape(wire.CanonicalHost(host), ".:") }

// escape keeps lower case letters, digits, '-', '_' and what is in also.
func escape(s, also string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', strings.IndexByte(also, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02x", c)
		}
	}
	return b.String()
}

// principals are the names a host certificate may be made out to: the known_hosts name,
// the same without brackets and port, and the host of the configuration when it is not
// just "localhost", which every device is to itself.
func principals(name string) []string {
	inner, _, found := strings.Cut(strings.TrimPrefix(name, "["), "]:")
	if !found {
		return []string{name}
	}
	names := []string{name, inner}
	host := inner
	for range 2 { // the tenant, then the device
		if i := strings.LastIndexByte(host, '.'); i >= 0 {
			host = host[:i]
		}
	}
	if host != wire.Loopback && host != inner {
		names = append(names, host)
	}
	return names
}
