package ports

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// maxLine is far above what any of the tools writes in a line, in bytes.
const maxLine = 1024

// found is one listening socket as a tool printed it.
type found struct {
	address endpoint
	program string
}

// parse reads the output of [command]; false when no tool's section is in it.
func parse(output []byte) ([]Listening, bool) {
	if len(output) > MaxOutput {
		output = output[:MaxOutput]
	}
	var (
		sockets []found
		read    func(line string) (found, bool)
		ok      bool
		kernel  procNet
	)
	for line := range bytes.SplitSeq(output, []byte("\n")) {
		if len(line) > maxLine {
			continue
		}
		text := strings.TrimRight(string(line), "\r")
		switch text {
		case sectionSS:
			read, ok = readSS, true
			continue
		case sectionNetstat:
			read, ok = readNetstat, true
			continue
		case sectionProc:
			read = kernel.read
			continue
		}
		if read == nil {
			continue
		}
		if socket, listens := read(text); listens {
			sockets = append(sockets, socket)
		}
	}
	return merge(sockets), ok || kernel.seen
}

// merge makes one entry of each host and port: IPv4 and IPv6 of one server, several
// processes that share a socket.
func merge(sockets []found) []Listening {
	type key struct {
		host string
		port int
	}
	at := make(map[key]int)
	var list []Listening
	for _, socket := range sockets {
		k := key{socket.address.dialHost(), socket.address.port}
		i, known := at[k]
		if !known {
			i = len(list)
			at[k] = i
			list = append(list, Listening{Host: k.host, Port: k.port})
		}
		if list[i].Program == "" {
			list[i].Program = socket.program
		}
	}
	for i := range list {
		list[i].Service, list[i].HTTP = service(list[i].Port, list[i].Program)
	}
	slices.SortFunc(list, func(a, b Listening) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), compareHosts(a.Host, b.Host))
	})
	return list[:min(len(list), maxListening)]
}

// compareHosts puts localhost first: it is what most people look for.
func compareHosts(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == localhost:
		return -1
	case b == localhost:
		return 1
	}
	return strings.Compare(a, b)
}
