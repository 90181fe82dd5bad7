package sftpfs

import (
	"encoding/binary"
	"errors"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
)

// entryOf makes an entry of what pkg/sftp gives; attributes that the server left out are 0.
func (f *files) entryOf(name string, info os.FileInfo) fsys.Entry {
	stat, ok := info.Sys().(*sftp.FileStat)
	if !ok {
		return fsys.Entry{Name: name, Type: fsys.Unknown, TargetType: fsys.Unknown, UID: -1, GID: -1}
	}
	e := fsys.Entry{
		Name: name, Type: fsys.TypeOf(stat.Mode), Size: sizeOf(stat.Size), Mode: stat.Mode & fsys.ModeBits,
		UID: int64(stat.UID), GID: int64(stat.GID), TargetType: fsys.Unknown,
	}
	if stat.Mtime != 0 {
		e.Modified = time.Unix(int64(stat.Mtime), 0)
	}
	e.Owner, e.Group = f.names.of(e.UID, e.GID)
	return e
}

// sizeOf makes a size of what a server says: beyond what can be is 0, unknown.
func sizeOf(size uint64) int64 {
	if size > 1<<62 {
		return 0
	}
	return int64(size)
}

// nameOf is the last element of a path.
func nameOf(p string) string {
	if p == "" {
		return "."
	}
	return path.Base(p)
}

// Attribute flags (draft-ietf-secsh-filexfer-02 §5).
const (
	hasSize     = 0x1
	hasOwner    = 0x2
	hasMode     = 0x4
	hasTimes    = 0x8
	hasExtended = 0x80000000
)

var errGarbled = errors.New("a garbled SFTP packet")

// reader takes a packet apart; after the first fault it gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) string() string {
	n := r.uint32()
	if n > maxPacket {
		r.bad = true
		return ""
	}
	return string(r.take(int(n)))
}

// maxName is the longest name of a listing, in bytes: four times what Linux allows. What has
// more would fill the memory.
const maxName = 1 << 10

// parseNames takes a NAME packet apart (§7). Names that are no names are left out; the
// count of all that were in it comes with them.
func parseNames(payload []byte, names *owners) (entries []fsys.Entry, count int, err error) {
	r := reader{b: payload}
	n := r.uint32()
	for ; n > 0 && !r.bad; n-- {
		name, long := r.string(), r.string()
		e := r.entry(name)
		if r.bad {
			break
		}
		count++
		if len(name) > maxName || name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			continue
		}
		names.learn(long, e.UID, e.GID)
		e.Owner, e.Group = names.of(e.UID, e.GID)
		entries = append(entries, e)
	}
	if r.bad {
		return nil, count, errGarbled
	}
	return entries, count, nil
}

// entry reads attributes (§5).
func (r *reader) entry(name string) fsys.Entry {
	e := fsys.Entry{Name: name, Type: fsys.Unknown, TargetType: fsys.Unknown, UID: -1, GID: -1}
	flags := r.uint32()
	if flags&hasSize != 0 {
		e.Size = sizeOf(r.uint64())
	}
	if flags&hasOwner != 0 {
		e.UID, e.GID = int64(r.uint32()), int64(r.uint32())
	}
	if flags&hasMode != 0 {
		mode := r.uint32()
		e.Type, e.Mode = fsys.TypeOf(mode), mode&fsys.ModeBits
	}
	if flags&hasTimes != 0 {
		r.uint32() // access
		e.Modified = time.Unix(int64(r.uint32()), 0)
	}
	if flags&hasExtended != 0 {
		for n := r.uint32(); n > 0 && !r.bad; n-- {
			_, _ = r.string(), r.string()
		}
	}
	return e
}

// maxOwners bounds how many names of each kind are kept.
const maxOwners = 4096

// owners keeps the names of users and groups, which only the listing's text has. "" is one
// that the text has by number: a line is taken apart once for each pair.
type owners struct {
	mu     sync.Mutex
	users  map[int64]string
	groups map[int64]string
}

// learn takes the names out of a line such as ls -l makes:
// "-rw-r--r--    1 root     adm          12 Nov 22 07:00 syslog".
func (o *owners) learn(line string, uid, gid int64) {
	if uid < 0 || gid < 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, user := o.users[uid]
	_, group := o.groups[gid]
	if user && group || len(o.users) >= maxOwners || len(o.groups) >= maxOwners {
		return
	}
	fields := strings.Fields(line[:min(len(line), 1024)])
	if len(fields) < 8 || len(fields[0]) < 10 {
		return
	}
	if o.users == nil {
		o.users, o.groups = map[int64]string{}, map[int64]string{}
	}
	if !user {
		o.users[uid] = ownerName(fields[2])
	}
	if !group {
		o.groups[gid] = ownerName(fields[3])
	}
}

func (o *owners) of(uid, gid int64) (user, group string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.users[uid], o.groups[gid]
}

// ownerName is a name that is fit to be shown; "" for a number.
func ownerName(s string) string {
	if len(s) > 64 || strings.Trim(s, "0123456789") == "" {
		return ""
	}
	if strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7F || r == 0xFFFD }) >= 0 {
		return ""
	}
	return s
}
