package posix

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"porthole/ssh/files/fsys"
)

// nothing is the SHA-256 of no bytes: what a tool says of the piece behind the end.
var nothing = hex.EncodeToString(sha256.New().Sum(nil))

// ErrNoHash means that a line of the device's answer was no SHA-256.
var ErrNoHash = errors.New("the device's answer holds no SHA-256")

// PieceHashes is a script that prints the SHA-256 of each piece of standard input, a file,
// whose first length bytes are meant (length < 0: all): dd moves the offset that it shares
// with what comes next. rest copies what is left behind whole pieces. It holds no quotes
// but double ones, and its variables are i and h.
func PieceHashes(tool string, length int64, rest func(length int64) string) string {
	piece := fmt.Sprintf("h=$(dd bs=262144 count=%d 2>/dev/null | %s)", fsys.PieceBytes/262144, tool)
	print := `case "$h" in ` + nothing + `*) break;; esac; echo "$h" || break`
	if length < 0 {
		return "while " + piece + "; do " + print + "; done"
	}
	script := fmt.Sprintf("i=0; while [ $i -lt %d ] && %s; do %s; i=$((i+1)); done", length/fsys.PieceBytes, piece, print)
	if left := length % fsys.PieceBytes; left > 0 {
		script += "; { " + rest(left) + "; } | " + tool
	}
	return script
}

// ReadDigest makes fsys.FS's Digest of what PieceHashes printed.
func ReadDigest(out io.Reader) (string, error) {
	var first string
	all, count := sha256.New(), 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		hash, ok := HashOf(lines.Bytes())
		switch {
		case !ok:
			return "", ErrNoHash
		case hash == nothing: // the file ends before length
			continue
		case count == 0:
			first = hash
		}
		count++
		_, _ = io.WriteString(all, hash)
	}
	if err := lines.Err(); err != nil {
		return "", fmt.Errorf("read hashes: %w", err)
	}
	switch count {
	case 0:
		return nothing, nil
	case 1:
		return first, nil
	}
	return fsys.PiecesPrefix + hex.EncodeToString(all.Sum(nil)), nil
}

// HashOf takes the SHA-256 from a line as the tools print it: some write "\" first, all
// the name behind.
func HashOf(line []byte) (string, bool) {
	line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte(`\`)))
	if end := bytes.IndexByte(line, ' '); end >= 0 {
		line = line[:end]
	}
	hash := string(line)
	return hash, len(hash) == len(nothing) && strings.Trim(hash, "0123456789abcdef") == ""
}
