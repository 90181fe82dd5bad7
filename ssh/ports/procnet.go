package ports

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// stateListen is TCP_LISTEN of Linux's include/net/tcp_states.h.
const stateListen = "0A"

// Bytes of an ELF header (elf(5)): magic, class, data.
const (
	elfMagic     = "\x7fELF"
	elfData      = 5
	elfBigEndian = 2
)

// procNet reads the kernel's tables of TCP sockets.
type procNet struct {
	bigEndian bool
	seen      bool // a table's heading was there
}

// read takes a line of /proc/net/tcp or tcp6, whose addresses are 32-bit words as the
// machine's own byte order has them:
//
//	sl  local_address rem_address   st …
//	 0: 0100007F:0B04 00000000:0000 0A …
func (p *procNet) read(line string) (found, bool) {
	if at := strings.Index(line, elfMagic); at >= 0 && len(line) > at+elfData {
		p.bigEndian = line[at+elfData] == elfBigEndian
		return found{}, false
	}
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return found{}, false
	}
	if fields[0] == "sl" && fields[1] == "local_address" {
		p.seen = true
		return found{}, false
	}
	if fields[3] != stateListen {
		return found{}, false
	}
	address, ok := p.readEndpoint(fields[1])
	return found{address: address}, ok
}

func (p *procNet) readEndpoint(text string) (endpoint, bool) {
	host, portHex, ok := strings.Cut(text, ":")
	if !ok {
		return endpoint{}, false
	}
	port, err := strconv.ParseUint(portHex, 16, 16)
	if err != nil || port == 0 {
		return endpoint{}, false
	}
	raw, err := hex.DecodeString(host)
	if err != nil {
		return endpoint{}, false
	}
	if !p.bigEndian {
		for word := range slices.Chunk(raw, 4) {
			slices.Reverse(word)
		}
	}
	addr, ok := netip.AddrFromSlice(raw)
	return endpoint{addr.Unmap(), int(port)}, ok
}
