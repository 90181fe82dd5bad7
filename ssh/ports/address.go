package ports

import (
	"net/netip"
	"strconv"
	"strings"
)

const localhost = "localhost"

// maxZone is one less than Linux's IFNAMSIZ.
const maxZone = 15

// endpoint is an address that something listens on.
type endpoint struct {
	addr netip.Addr
	port int
}

// dialHost is what a client on the device dials. The wildcard address is there under
// localhost too; of 127.0.0.0/8 only 127.0.0.1 is (a resolver on 127.0.0.53 is not).
func (e endpoint) dialHost() string {
	if e.addr.IsUnspecified() || e.addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || e.addr == netip.IPv6Loopback() {
		return localhost
	}
	return e.addr.String()
}

// readEndpoint reads what ss and netstat print: "0.0.0.0:22", "*:80", ":::80", "[::]:80",
// "127.0.0.53%lo:53", "[fe80::1%eth0]:22", "[fe80::1]%eth0:22", "[::ffff:10.0.0.1]:80".
func readEndpoint(text string) (endpoint, bool) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return endpoint{}, false
	}
	port, ok := readPort(text[colon+1:])
	if !ok {
		return endpoint{}, false
	}
	host, zone, _ := strings.Cut(strings.NewReplacer("[", "", "]", "").Replace(text[:colon]), "%")
	if host == "*" || host == "" {
		return endpoint{netip.IPv6Unspecified(), port}, true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return endpoint{}, false
	}
	addr = addr.Unmap()
	// A zone elsewhere only says which interface a socket is bound to.
	if zone != "" && addr.Is6() && addr.IsLinkLocalUnicast() {
		if !isZone(zone) {
			return endpoint{}, false
		}
		addr = addr.WithZone(zone)
	}
	return endpoint{addr, port}, true
}

func readPort(text string) (int, bool) {
	port, err := strconv.ParseUint(text, 10, 16)
	return int(port), err == nil && port > 0
}

// isZone tells whether text is an interface's name as devices have them.
func isZone(text string) bool {
	if text == "" || len(text) > maxZone {
		return false
	}
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("._-@", c) >= 0:
		default:
			return false
		}
	}
	return true
}
