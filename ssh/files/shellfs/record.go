package shellfs

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
)

// splitAt is a bufio.SplitFunc: what stands before each end. What follows the last end is
// no record: the script was cut off there.
func splitAt(end []byte) func(data []byte, atEOF bool) (int, []byte, error) {
	return func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.Index(data, end); i >= 0 {
			return i + len(end), data[:i], nil
		}
		if atEOF {
			return len(data), nil, nil
		}
		return 0, nil, nil
	}
}

// cutFields cuts a record at its first n slashes; the rest may hold more.
func cutFields(record []byte, n int) ([]string, string, error) {
	fields := strings.SplitN(string(record), "/", n+1)
	if len(fields) != n+1 {
		return nil, "", fmt.Errorf("%w: %.200q", errRecord, record)
	}
	return fields[:n], fields[n], nil
}

// typeOfLetter gives the type that find -printf %y and the first letter of ls -l name.
func typeOfLetter(letter string) fsys.Type {
	switch letter {
	case "f", "-":
		return fsys.File
	case "d":
		return fsys.Dir
	case "l":
		return fsys.Link
	case "p":
		return fsys.FIFO
	case "s":
		return fsys.Socket
	case "c":
		return fsys.Char
	case "b":
		return fsys.Block
	}
	return fsys.Unknown
}

// number reads a count; what is none, or negative, is 0: sizes lie anyway.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// id reads a uid or gid.
func id(text string) int64 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return -1
	}
	return int64(n)
}

// seconds reads a time in seconds since 1970, a fraction dropped.
func seconds(text string) time.Time {
	whole, _, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// owner cleans the name of a user or group: "UNKNOWN" and "?" are those of numbers without.
func owner(name string) string {
	if name == "UNKNOWN" || name == "?" || len(name) > 256 || (name != "" && name[0] >= '0' && name[0] <= '9') {
		return ""
	}
	return name
}
