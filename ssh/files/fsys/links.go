package fsys

import (
	"context"
	"strconv"
	"strings"
)

// LinkCounter is a backend that can tell how many names a file has. 0: it cannot.
type LinkCounter interface {
	Links(ctx context.Context, path string) (int64, error)
}

// LinkCount is how many names a file has, from its line of ls -l or SFTP's listing:
// "-rw-r--r--    2 root     adm          12 Nov 22 07:00 syslog". 0 when it does not say.
func LinkCount(line string) int64 {
	const most = 256 // before the name, which may hold anything
	if len(line) > most {
		line = line[:most]
	}
	line, _, _ = strings.Cut(line, "\n")
	fields := strings.Fields(line)
	if len(fields) < 8 || len(fields[0]) < 10 || fields[0][0] != '-' {
		return 0
	}
	count, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return 0
	}
	return int64(count)
}
