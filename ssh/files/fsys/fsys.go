package fsys

import (
	"context"
	"io"
	"time"
)

// Kind names a backend.
type Kind string

// The backends, as the page shows them.
const (
	SFTP  Kind = "sftp"
	Shell Kind = "shell"
)

// Type is what an [Entry] is.
type Type string

// The types of POSIX, by the word that the page shows.
const (
	File    Type = "file"
	Dir     Type = "dir"
	Link    Type = "link"
	FIFO    Type = "fifo"
	Socket  Type = "socket"
	Char    Type = "char"
	Block   Type = "block"
	Unknown Type = "unknown"
)

// Entry is one file, directory, link or other thing on the device.
type Entry struct {
	Name string // last element of the path, never with "/"; "/" alone for the root
	Type Type
	// Size in bytes; 0 says nothing for files of /proc and for devices.
	Size int64
	// Modified is when it was changed last, in whole seconds or finer; zero when unknown.
	Modified time.Time
	// Mode has the twelve permission bits of POSIX, setuid, setgid and sticky among them.
	Mode uint32
	// UID and GID are numbers; -1 when unknown.
	UID, GID int64
	// Owner and Group are names, "" when unknown.
	Owner, Group string
	// Target is what a link names, as it is written there; "" when unknown.
	Target string
	// TargetType is the type of what a link leads to: Unknown when it dangles, loops, or
	// was not asked.
	TargetType Type
}

// FS is the files of one device. Its methods may be used from several goroutines. Every
// error is an [*Error].
type FS interface {
	// Info says which backend it is and what it can do.
	Info() Info

	// List hands over the entries of a directory in batches, in no order, without "." and
	// "..". Names with "/" or NUL, which only a hostile server sends, are left out. It ends
	// early, with an error of code "too_many", after [MaxEntries]. each's error ends it too.
	List(ctx context.Context, path string, each func([]Entry) error) error
	// Stat describes what path is; follow: what a link there leads to.
	Stat(ctx context.Context, path string, follow bool) (Entry, error)
	// RealPath makes path absolute, without links, "." and "..". What does not exist is
	// code "not_found"; the last element of the path alone may be missing where the server
	// allows it.
	RealPath(ctx context.Context, path string) (string, error)
	// ReadLink returns what a link names.
	ReadLink(ctx context.Context, path string) (string, error)

	// Read streams length bytes from offset, in order; length < 0: to the end. The stream
	// ends with io.EOF at the end of the file, wherever that is by then: sizes lie.
	// Requests are pipelined over as many channels as the round trip needs. Only files are
	// opened, unless o.Special.
	Read(ctx context.Context, path string, o ReadOptions) (io.ReadCloser, error)
	// Write takes a stream for the bytes from o.Offset on. Nothing is durable before
	// Close returned nil. Bytes confirmed so far: Writer.Confirmed.
	Write(ctx context.Context, path string, o WriteOptions) (Writer, error)

	// Mkdir makes one directory; mode 0: the device's default.
	Mkdir(ctx context.Context, path string, mode uint32) error
	// Rename moves from to to. Without replace an existing to is code "exists"; with it, it
	// is replaced in one step where the device can.
	Rename(ctx context.Context, from, to string, replace bool) error
	// Remove removes one file, link or empty directory; links are not followed.
	Remove(ctx context.Context, path string) error
	// Chmod sets the twelve permission bits.
	Chmod(ctx context.Context, path string, mode uint32) error
	// Chown sets owner and group; -1 leaves one as it is.
	Chown(ctx context.Context, path string, uid, gid int64) error
	// SetModified sets the time of the last change.
	SetModified(ctx context.Context, path string, modified time.Time) error
	// Truncate cuts or extends a file to size bytes.
	Truncate(ctx context.Context, path string, size int64) error
	// Symlink makes path a link to target.
	Symlink(ctx context.Context, target, path string) error

	// Space says how much room the file system of path has; code "unsupported" when the
	// device does not tell.
	Space(ctx context.Context, path string) (Space, error)
	// Hash is the SHA-256 of the first length bytes (length < 0: all), lower-case hex, made
	// on the device. Code "unsupported" when it has no tool for it.
	Hash(ctx context.Context, path string, length int64) (string, error)
	// Digest tells whether two sides have the same first length bytes (length < 0: all): of
	// at most PieceBytes it is their Hash, of more PiecesPrefix and the SHA-256 of the Hashes
	// of all pieces, one behind the other in hex. A browser hashes pieces natively, eight
	// times as fast as a stream. Code "unsupported" when the device has no tool for it.
	Digest(ctx context.Context, path string, length int64) (string, error)

	// Close ends its channels; the SSH connection goes on.
	Close() error
}

// What a Digest is made of.
const (
	// PieceBytes is the size of each piece but the last.
	PieceBytes = 4 << 20
	// PiecesPrefix begins the Digest of several pieces.
	PiecesPrefix = "pieces:"
)

// MaxEntries is where a listing ends that does not end by itself.
const MaxEntries = 250_000

// Info says what a device's files are reached by.
type Info struct {
	Kind Kind
	// Home is the directory that relative paths count from; absolute.
	Home string
	// Hash, Gzip: whether the device can, over exec, with a tool of its own.
	Hash, Gzip bool
	// Missing are the tools a shell backend does without ("stat", "dd" …), for the page.
	Missing []string
}

// ReadOptions say which part of a file is read, and how.
type ReadOptions struct {
	Offset int64
	Length int64 // < 0: to the end
	// Gzip packs the bytes on the wire where the device can and it pays; what is read is
	// unpacked again.
	Gzip bool
	// Special reads what is no regular file as well: never offered for more than a preview
	// of a bounded Length, since /dev/zero has no end.
	Special bool
}

// WriteOptions say how a file is written.
type WriteOptions struct {
	Offset int64
	// New fails with code "exists" when the file is there. Otherwise it is made, or, at
	// Offset 0, emptied; at a higher Offset the bytes before are kept.
	New bool
	// Mode of a file that is made: its twelve permission bits; 0: the device's default.
	Mode uint32
	// Gzip packs the bytes on the wire where the device can.
	Gzip bool
}

// Writer takes the bytes of a file.
type Writer interface {
	io.Writer
	// Confirmed is up to where all bytes are known to be on the device, as an offset in
	// the file. It never goes back.
	Confirmed() int64
	// Close waits until the device has all. After an error of Write or ctx it only tidies up.
	Close() error
}

// Space of a file system, in bytes.
type Space struct {
	Total, Free int64 // Free for whoever is signed in, not for root
}
