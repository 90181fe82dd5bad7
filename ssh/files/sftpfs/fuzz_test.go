package sftpfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"porthole/ssh/files/fsys"
)

func FuzzParseNames(f *testing.F) {
	name := func(count uint32, fields ...string) []byte {
		b := binary.BigEndian.AppendUint32(nil, count)
		for _, s := range fields {
			b = append(b, encoded(s)...)
		}
		return b
	}
	long := "-rw-r--r--    1 root     adm          12 Nov 22 07:00 syslog"
	f.Add(append(name(1, "syslog", long), 0, 0, 0, 0x0F, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0x81, 0xA4, 1, 2, 3, 4, 5, 6, 7, 8))
	f.Add(append(name(1, strings.Repeat("n", 100_000), long), 0, 0, 0, 0)) // as long as a packet allows
	f.Add(append(name(1, "../../etc/passwd", ""), 0, 0, 0, 0))
	f.Add(append(name(1, "x", ""), 0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF))
	f.Add(name(0xFFFFFFFF, "a", "b"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		var names owners
		entries, count, err := parseNames(payload, &names)
		if err != nil && entries != nil {
			t.Errorf("entries with %v", err)
		}
		if len(entries) > count || count > len(payload)/12 {
			t.Errorf("%d entries of %d in %d bytes", len(entries), count, len(payload))
		}
		for _, e := range entries {
			if len(e.Name) > maxName {
				t.Errorf("a name of %d bytes", len(e.Name))
			}
			if e.Name == "" || e.Name == "." || e.Name == ".." || strings.ContainsAny(e.Name, "/\x00") {
				t.Errorf("%q is no name", e.Name)
			}
			if e.Size < 0 || e.Mode > 0o7777 || e.UID < -1 || e.GID < -1 {
				t.Errorf("%+v cannot be", e)
			}
			if strings.ContainsAny(e.Owner+e.Group, " \n\x1b\x00") {
				t.Errorf("owner %q, group %q", e.Owner, e.Group)
			}
		}
	})
}

func FuzzAnswersToOurRequests(f *testing.F) {
	f.Add(byte(typeHandle), append([]byte{0, 0, 0, 2}, "hi"...))
	f.Add(byte(typeStatus), []byte{0, 0, 0, 4, 0, 0, 0, 9})
	f.Add(byte(typeName), append(append([]byte{0, 0, 0, 1}, encoded("name")...), 0xFF, 0xFF, 0xFF, 0xFF))
	f.Add(byte(typeName), append(append([]byte{0, 0, 0, 1}, encoded("name")...), append(encoded("long"), 0, 0, 0, 0)...))
	f.Fuzz(func(t *testing.T, kind byte, payload []byte) {
		if handle, err := handleOf(packet{kind, payload}, nil); err == nil && (kind != typeHandle || len(handle) > len(payload)) {
			t.Errorf("%d %x has the handle %q", kind, payload, handle)
		}
		if err := statusError(payload); err == nil && (len(payload) < 4 || binary.BigEndian.Uint32(payload) != statusOK) {
			t.Errorf("%x is taken for success", payload)
		}
		if line, err := lineOf(payload, "name"); err == nil && !bytes.Contains(payload, []byte(line)) {
			t.Errorf("%x has the line %q", payload, line)
		}
	})
}

// canned is a channel that says something whatever it hears.
type canned struct{ out io.Reader }

func (canned) Write(p []byte) (int, error)       { return len(p), nil }
func (canned) CloseWrite() error                 { return nil }
func (c canned) Stdout() io.Reader               { return c.out }
func (canned) Stderr() io.Reader                 { return strings.NewReader("") }
func (canned) Wait(context.Context) (int, error) { return 0, nil }
func (canned) Close() error                      { return nil }
func answer(kind byte, id uint32, payload ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(5+len(payload)))
	return append(binary.BigEndian.AppendUint32(append(b, kind), id), payload...)
}

func FuzzTapKeepsThePacketsApart(f *testing.F) {
	f.Add(append(answer(typeStatus, 7, 1, 2, 3, 4), answer(typeHandle, ownIDs, 0, 0, 0, 1, 'h')...))
	f.Add(append(answer(typeHandle, ownIDs), answer(typeVersion, 0xFFFFFFFF, 9)...))
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6})
	f.Add([]byte{0, 0, 0, 1, typeStatus})
	f.Fuzz(func(t *testing.T, stream []byte) {
		tap := newTap(canned{bytes.NewReader(stream)})
		mine, err := tap.send(typeOpenDir, nil)
		if err != nil {
			t.Fatal(err)
		}
		theirs, _ := io.ReadAll(tap)
		// What is theirs is made of whole packets, but the last, and has none of ours.
		for rest := theirs; len(rest) >= 9; {
			length := int(binary.BigEndian.Uint32(rest))
			if rest[4] != typeVersion && binary.BigEndian.Uint32(rest[5:]) >= ownIDs {
				t.Errorf("a packet of ours in %x", theirs)
			}
			if length < 5 || length > maxPacket {
				t.Fatalf("a packet of %d bytes", length)
			}
			rest = rest[min(4+length, len(rest)):]
		}
		p, ok := <-mine // answered, or closed
		if ok && len(p.payload) > maxPacket {
			t.Errorf("%d bytes", len(p.payload))
		}
		if _, err := tap.send(typeOpenDir, nil); err == nil {
			t.Error("requests are taken after the end")
		}
	})
}

var _ fsys.Channel = canned{}
