package wire

import (
	"net"
	"strings"
)

// LoopbackAddress maps "host:port" with a host named localhost or below .localhost to
// 127.0.0.1 (RFC 6761 §6.3: such names are loopback). Browsers and curl do so by
// themselves; Go's and Node's resolvers ask the network. Any other address, and what is
// no address at all, comes back unchanged.
func LoopbackAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
