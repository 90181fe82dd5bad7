//go:build linux

package sftpfs_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/sftpfs"
	"porthole/ssh/wire"
)

// pipes is a channel whose other end is a function.
type pipes struct {
	in  *io.PipeWriter
	out *io.PipeReader
}

func (p pipes) Write(b []byte) (int, error)       { return p.in.Write(b) }
func (p pipes) CloseWrite() error                 { return p.in.Close() }
func (p pipes) Stdout() io.Reader                 { return p.out }
func (p pipes) Stderr() io.Reader                 { return strings.NewReader("") }
func (p pipes) Wait(context.Context) (int, error) { return 0, nil }
func (p pipes) Close() error                      { return errors.Join(p.in.Close(), p.out.Close()) }

// served is a peer whose SFTP server is a function of a stream.
func served(serve func(io.ReadWriteCloser)) fsys.Peer {
	return fsys.Peer{Subsystem: func(context.Context, string) (fsys.Channel, error) {
		theirs, in := io.Pipe()
		out, ours := io.Pipe()
		go func() {
			serve(struct {
				io.Reader
				io.WriteCloser
			}{theirs, ours})
			_, _ = theirs.Close(), ours.Close()
		}()
		return pipes{in, out}, nil
	}}
}

func TestEveryClaimOfFSHoldsForTheServerOfPkgSFTP(t *testing.T) {
	// It tidies paths and follows no link in them, has small packets, no limits extension,
	// and its failures are texts.
	_, fs := openPeer(t, served(serveGo))
	fstest.Run(t, fstest.Suite{FS: fs, NoHash: true})
}

// serveGo is pkg/sftp's own server.
func serveGo(stream io.ReadWriteCloser) {
	server, err := sftp.NewServer(stream)
	if err == nil {
		_ = server.Serve()
		_ = server.Close()
	}
}

func TestOwnersHaveTheirNames(t *testing.T) {
	m := machine(t)
	write(t, filepath.Join(m.Dir, "file"), nil)
	ctx, fs := open(t, m)
	entries, err := fstest.List(ctx, fs, ".")
	if err != nil {
		t.Fatal(err)
	}
	if e := entries["file"]; os.Geteuid() == 0 && (e.Owner != "root" || e.Group != "root") {
		t.Errorf("owner %q, group %q, want root", e.Owner, e.Group)
	}
}

// script is a server that answers each request by its type, for ever.
func script(answers map[byte]func(id uint32, payload []byte) []byte) func(io.ReadWriteCloser) {
	return func(stream io.ReadWriteCloser) {
		var mu sync.Mutex
		for {
			header := make([]byte, 5)
			if _, err := io.ReadFull(stream, header); err != nil {
				return
			}
			body := make([]byte, binary.BigEndian.Uint32(header)-1)
			if _, err := io.ReadFull(stream, body); err != nil {
				return
			}
			id := binary.BigEndian.Uint32(body)
			answer := answers[header[4]]
			if header[4] == 1 {
				answer = func(uint32, []byte) []byte { return packet(2, 3) }
			}
			if answer == nil {
				answer = func(id uint32, _ []byte) []byte { return packet(101, id, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0) }
			}
			go func() {
				mu.Lock()
				defer mu.Unlock()
				_, _ = stream.Write(answer(id, body[4:]))
			}()
		}
	}
}

func packet(kind byte, id uint32, payload ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(5+len(payload)))
	return append(binary.BigEndian.AppendUint32(append(b, kind), id), payload...)
}

func text(s string) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...) }

// names is the payload of a NAME packet, without attributes.
func names(all ...string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(all)))
	for _, name := range all {
		b = append(append(append(b, text(name)...), text("")...), 0, 0, 0, 0)
	}
	return b
}

// hostile answers what is needed to get to the point, and there what is asked for.
func hostile(kind byte, answer func(id uint32, payload []byte) []byte) func(io.ReadWriteCloser) {
	answers := map[byte]func(uint32, []byte) []byte{
		16: func(id uint32, _ []byte) []byte { return packet(104, id, names("/home")...) },
		11: func(id uint32, _ []byte) []byte { return packet(102, id, text("dir")...) },
		3:  func(id uint32, _ []byte) []byte { return packet(102, id, text("file")...) },
		17: regularFile, 7: regularFile, 8: regularFile,
	}
	answers[kind] = answer
	return script(answers)
}

// regularFile says that a file has 2⁶² bytes.
func regularFile(id uint32, _ []byte) []byte {
	return packet(105, id, 0, 0, 0, 5, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0xA4)
}

func TestHostileListings(t *testing.T) {
	thousand := make([]string, 1000)
	for i := range thousand {
		thousand[i] = strings.Repeat("n", i%50+1)
	}
	for name, c := range map[string]struct {
		answer func(id uint32, payload []byte) []byte
		want   wire.ErrorCode
	}{
		"that never ends":           {func(id uint32, _ []byte) []byte { return packet(104, id, names(thousand...)...) }, wire.CodeTooMany},
		"of nothing, without end":   {func(id uint32, _ []byte) []byte { return packet(104, id, names()...) }, wire.CodeTooMany},
		"of ways out, without end":  {func(id uint32, _ []byte) []byte { return packet(104, id, names("../x", "/etc/passwd", "..")...) }, wire.CodeTooMany},
		"with a count that lies":    {func(id uint32, _ []byte) []byte { return packet(104, id, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0) }, wire.CodeLost},
		"of good news, without end": {func(id uint32, _ []byte) []byte { return packet(101, id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) }, wire.CodeLost},
		"of another kind of packet": {func(id uint32, _ []byte) []byte { return packet(103, id, 0, 0, 0, 0) }, wire.CodeLost},
		"answered to nobody":        {func(id uint32, _ []byte) []byte { return packet(104, id+1000, names("x")...) }, wire.CodeLost},
		"in a packet without end":   {func(uint32, []byte) []byte { return []byte{0x7F, 0xFF, 0xFF, 0xFF, 104, 0, 0, 0, 0} }, wire.CodeLost},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, fs := openPeer(t, served(hostile(12, c.answer)))
			count := 0
			err := fs.List(ctx, ".", func(entries []fsys.Entry) error {
				for _, e := range entries {
					if strings.Contains(e.Name, "/") || e.Name == ".." {
						t.Errorf("got %q", e.Name)
					}
				}
				count += len(entries)
				return nil
			})
			var e *fsys.Error
			if !errors.As(err, &e) || e.Code != c.want || count > fsys.MaxEntries {
				t.Errorf("%d entries, %v; want code %q", count, err, c.want)
			}
		})
	}
}

// OpenSSH's server does so with -e, and nobody wants to read it.
func TestServerThatLogsToStandardErrorGoesOn(t *testing.T) {
	m := machine(t)
	m.SFTP = []string{server, "-e", "-l", "DEBUG3"}
	ctx, fs := open(t, m)
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for i := range 2000 { // more lines than a pipe holds
		if _, err := fs.Stat(ctx, ".", false); err != nil {
			t.Fatalf("question %d: %v", i, err)
		}
	}
}

func TestSizesThatLie(t *testing.T) {
	ctx, fs := openPeer(t, served(hostile(5, func(id uint32, payload []byte) []byte {
		if binary.BigEndian.Uint64(payload[8:]) > 0 {
			return packet(101, id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
		}
		return packet(103, id, text("abc")...)
	})))
	data, err := fstest.Read(ctx, fs, "file", fsys.ReadOptions{Length: -1})
	if err != nil || string(data) != "abc" {
		t.Errorf("got %q, %v", data, err)
	}
}

// coded is an error of a connection.
type coded wire.ErrorCode

func (c coded) Error() string                     { return string(c) }
func (c coded) Explain() (wire.ErrorCode, string) { return wire.ErrorCode(c), "It is so." }

// Who hears "unsupported" compares by size and is content.
func TestAConnectionLostWhileTheDeviceHashesIsNoDeviceWithoutHash(t *testing.T) {
	m := machine(t)
	write(t, filepath.Join(m.Dir, "file"), []byte("content"))
	peer := m.Peer()
	exec, failing := peer.Exec, error(nil)
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		if failing != nil {
			return nil, failing
		}
		return exec(ctx, command)
	}
	ctx, fs := openPeer(t, peer)
	for broke, want := range map[wire.ErrorCode]wire.ErrorCode{
		wire.CodeLost: wire.CodeLost, wire.CodeKeepAliveTimeout: wire.CodeKeepAliveTimeout,
		wire.CodeShellRefused: wire.CodeUnsupported, // no session is left for it
	} {
		failing = coded(broke)
		_, hashErr := fs.Hash(ctx, "file", -1)
		_, digestErr := fs.Digest(ctx, "file", -1)
		for _, err := range []error{hashErr, digestErr} {
			var e *fsys.Error
			if !errors.As(err, &e) || e.Code != want {
				t.Errorf("%s: got %v, want code %q", broke, err, want)
			}
		}
	}
}

func TestServerThatAnswersWithNothingForEverIsLeft(t *testing.T) {
	ctx, fs := openPeer(t, served(hostile(5, func(id uint32, _ []byte) []byte { return packet(103, id, text("")...) })))
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	data, err := fstest.Read(ctx, fs, "file", fsys.ReadOptions{Length: -1})
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != wire.CodeLost || len(data) > 0 {
		t.Errorf("%d bytes, %v; want code %q", len(data), err, wire.CodeLost)
	}
}

func TestServerThatFallsSilentCanBeLeft(t *testing.T) {
	silent := make(chan struct{})
	peer := served(hostile(5, func(uint32, []byte) []byte { <-silent; return nil }))
	ctx, fs := openPeer(t, peer)
	ctx, cancel := context.WithCancel(ctx)
	r, err := fs.Read(ctx, "file", fsys.ReadOptions{Length: -1})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = r.Read(make([]byte, 10))
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != wire.CodeCancelled {
		t.Errorf("got %v, want code %q", err, wire.CodeCancelled)
	}
	_ = fs.Close()
	close(silent)
}

func TestServerThatNeverGreets(t *testing.T) {
	peer := served(func(stream io.ReadWriteCloser) { _, _ = io.Copy(io.Discard, stream) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := sftpfs.Open(ctx, peer); err == nil {
		t.Error("opened")
	}
}

func TestConfirmedStopsAtTheFirstGap(t *testing.T) {
	const from, to = 300_000, 400_000 // what begins there is refused
	var mu sync.Mutex
	first := int64(1 << 40)
	ctx, fs := openPeer(t, served(hostile(6, func(id uint32, payload []byte) []byte {
		at := int64(binary.BigEndian.Uint64(payload[8:])) // behind the handle "file"
		status := byte(0)
		if at >= from && at < to {
			status = 4
			mu.Lock()
			first = min(first, at)
			mu.Unlock()
		}
		return packet(101, id, 0, 0, 0, status, 0, 0, 0, 0, 0, 0, 0, 0)
	})))
	w, err := fs.Write(ctx, "file", fsys.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err = w.Write(make([]byte, 20_000)); err != nil {
			break
		}
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	var e *fsys.Error
	if !errors.As(err, &e) || e.Code != wire.CodeFileFailed {
		t.Errorf("got %v, want code %q", err, wire.CodeFileFailed)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := w.Confirmed(); got > first || got == 0 {
		t.Errorf("confirmed up to %d, the first refused was at %d", got, first)
	}
}
