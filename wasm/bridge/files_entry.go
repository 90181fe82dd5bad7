//go:build js

package bridge

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"porthole/ssh/files/fsys"
)

// appendEntry writes an entry in the form of GoFiles.list: the fields of FileEntry, each
// followed by NUL. One text for many entries crosses into JavaScript a hundred times
// faster than an object for each.
func appendEntry(out []byte, e *fsys.Entry) []byte {
	out = appendText(out, e.Name)
	out = appendText(out, string(typeOf(e.Type)))
	out = appendNumber(out, max(e.Size, 0))
	if e.Modified.IsZero() {
		out = append(out, 0)
	} else {
		out = appendNumber(out, clampTime(e.Modified))
	}
	out = appendNumber(out, int64(e.Mode&maxMode))
	out = appendID(out, e.UID)
	out = appendID(out, e.GID)
	out = appendText(out, e.Owner)
	out = appendText(out, e.Group)
	out = appendText(out, e.Target)
	return appendText(out, string(typeOf(e.TargetType)))
}

// appendText writes foreign text. A NUL in it would move all that follows.
func appendText(out []byte, text string) []byte {
	if plainText(text) {
		return append(append(out, text...), 0)
	}
	if strings.Contains(text, "\x00") {
		text = strings.ReplaceAll(text, "\x00", "\ufffd")
	}
	return append(append(out, fsys.EncodeName(text)...), 0)
}

// plainText tells whether text crosses as it is, as nearly all names do.
func plainText(text string) bool {
	for i := range len(text) {
		if text[i] == 0 || text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendNumber writes a number that JavaScript can hold.
func appendNumber(out []byte, n int64) []byte {
	return append(strconv.AppendInt(out, min(n, maxSize), 10), 0)
}

func appendID(out []byte, id int64) []byte {
	if id < 0 {
		return append(out, 0)
	}
	return appendNumber(out, id)
}

// maxTime is the furthest that a Date of JavaScript reaches either way, in ms.
const maxTime = 8_640_000_000_000_000

func clampTime(t time.Time) int64 {
	if s := t.Unix(); s > maxTime/1000 || s < -maxTime/1000 {
		return max(min(s, maxTime/1000), -maxTime/1000) * 1000
	}
	return t.UnixMilli()
}

func typeOf(t fsys.Type) fsys.Type {
	switch t {
	case fsys.File, fsys.Dir, fsys.Link, fsys.FIFO, fsys.Socket, fsys.Char, fsys.Block:
		return t
	default:
		return fsys.Unknown
	}
}

// listable tells whether an entry of a directory may have that name: what has not would
// lead elsewhere.
func listable(name string) bool {
	return name != "" && name != "." && name != ".." && strings.IndexByte(name, '/') < 0 && strings.IndexByte(name, 0) < 0
}
