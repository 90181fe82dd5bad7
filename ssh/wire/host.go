package wire

import (
	"net/netip"
	"strings"
)

// Loopback is the one name of a device's own address.
const Loopback = "localhost"

// CanonicalHost gives one spelling to every way of writing a host as seen from a device:
// lower case, no brackets, no dot of the root, one spelling of an IP address. All ways to
// write loopback are Loopback.
func CanonicalHost(host string) string {
	host = strings.ToLower(host)
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	host = strings.TrimSuffix(host, ".") // the root of the domain name system
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr = addr.Unmap(); addr.IsLoopback() {
			return Loopback
		}
		return addr.String()
	}
	switch host {
	case "", Loopback, "ip6-localhost", "ip6-loopback":
		return Loopback
	}
	return host
}
