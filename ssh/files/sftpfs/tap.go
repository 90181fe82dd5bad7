package sftpfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"porthole/ssh/files/fsys"
)

const (
	// maxPacket is the largest SFTP packet taken, in bytes: OpenSSH's and pkg/sftp's bound.
	maxPacket = 256 << 10
	// emptyData is the length of a DATA packet that has none: the end of a file is a STATUS (§6.4).
	emptyData = 9
	// ownIDs is where the ids of our own requests begin; pkg/sftp counts from 1.
	ownIDs = 1 << 31
	// joined is up to where header and payload leave as one write, in bytes.
	joined = 32 << 10
)

// Packet types (draft-ietf-secsh-filexfer-02 §3).
const (
	typeVersion       = 2
	typeOpen          = 3
	typeClose         = 4
	typeRead          = 5
	typeOpenDir       = 11
	typeReadDir       = 12
	typeStatus        = 101
	typeHandle        = 102
	typeData          = 103
	typeName          = 104
	typeExtended      = 200
	typeExtendedReply = 201
)

// openRead is SSH_FXF_READ (§6.3).
const openRead = 1

var errCut = errors.New("the SFTP channel ended")

// packet is one from the server, behind its length: the payload starts after the id.
type packet struct {
	kind    byte
	payload []byte
}

// tap stands between a channel and pkg/sftp: requests of our own go in between its
// packets, and their answers are kept from it.
type tap struct {
	ch fsys.Channel

	writing sync.Mutex // held from a packet's first byte to its last
	pending []byte     // start of pkg/sftp's packet, held back to leave with the rest
	unsent  int        // bytes of pkg/sftp's packet that are still to come

	head []byte // what pkg/sftp has not read yet of the header of its packet
	left int    // bytes behind it

	mu      sync.Mutex
	nextID  uint32
	waiting map[uint32]chan<- packet // nil once the channel ended
}

func newTap(ch fsys.Channel) *tap {
	return &tap{ch: ch, nextID: ownIDs, waiting: map[uint32]chan<- packet{}}
}

// Read gives pkg/sftp its packets. One goroutine reads.
func (t *tap) Read(p []byte) (int, error) {
	n, err := t.read(p)
	if err != nil {
		t.cut()
	}
	return n, err
}

func (t *tap) read(p []byte) (int, error) {
	for {
		if len(t.head) > 0 {
			n := copy(p, t.head)
			t.head = t.head[n:]
			return n, nil
		}
		if t.left > 0 {
			n, err := t.ch.Stdout().Read(p[:min(len(p), t.left)])
			t.left -= n
			return n, err
		}
		if err := t.next(); err != nil {
			return 0, err
		}
	}
}

// next reads a packet's header, and all of it when it is ours.
func (t *tap) next() error {
	// Every packet has a type and four bytes: the id, or the version.
	header := make([]byte, 9)
	if _, err := io.ReadFull(t.ch.Stdout(), header); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(header)
	if length < 5 || length > maxPacket {
		return fmt.Errorf("an SFTP packet of %d bytes: %q", length, header)
	}
	if header[4] == typeData && length <= emptyData { // pkg/sftp would ask for the same for ever
		return errors.New("an answer without the data that it should have")
	}
	rest := int(length) - 5
	id := binary.BigEndian.Uint32(header[5:])
	if header[4] == typeVersion || id < ownIDs {
		t.head, t.left = header, rest
		return nil
	}
	payload := make([]byte, rest)
	if _, err := io.ReadFull(t.ch.Stdout(), payload); err != nil {
		return err
	}
	t.mu.Lock()
	answer, ok := t.waiting[id]
	delete(t.waiting, id)
	t.mu.Unlock()
	if !ok {
		return fmt.Errorf("an answer to request %d, which was not sent", id)
	}
	answer <- packet{header[4], payload}
	return nil
}

// cut tells those who wait that nothing comes any more.
func (t *tap) cut() {
	t.mu.Lock()
	waiting := t.waiting
	t.waiting = nil
	t.mu.Unlock()
	for _, answer := range waiting {
		close(answer)
	}
}

// Write takes what pkg/sftp sends: a packet in one or two writes, one packet after the other.
func (t *tap) Write(p []byte) (int, error) {
	if t.unsent == 0 {
		if len(p) < 4 {
			return 0, errors.New("a packet without its length")
		}
		t.writing.Lock()
		t.unsent = 4 + int(binary.BigEndian.Uint32(p))
	}
	t.unsent -= len(p)
	if t.unsent > 0 && t.unsent+len(p) <= joined {
		t.pending = append(t.pending, p...)
		return len(p), nil
	}
	out := p
	if len(t.pending) > 0 {
		out = append(t.pending, p...)
		t.pending = t.pending[:0]
	}
	_, err := t.ch.Write(out)
	if err != nil {
		t.unsent = 0 // the channel is over
	}
	if t.unsent <= 0 {
		t.unsent = 0
		t.writing.Unlock()
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close ends the channel.
func (t *tap) Close() error { return t.ch.Close() }

// send asks for something; the answer comes on the channel, which is closed when none comes.
func (t *tap) send(kind byte, payload []byte) (<-chan packet, error) {
	answer := make(chan packet, 1)
	t.mu.Lock()
	if t.waiting == nil {
		t.mu.Unlock()
		return nil, errCut
	}
	id := t.nextID
	if t.nextID++; t.nextID < ownIDs {
		t.nextID = ownIDs
	}
	t.waiting[id] = answer
	t.mu.Unlock()
	out := make([]byte, 0, 9+len(payload))
	out = binary.BigEndian.AppendUint32(out, uint32(5+len(payload))) //nolint:gosec // a path and a few bytes
	out = append(out, kind)
	out = binary.BigEndian.AppendUint32(out, id)
	out = append(out, payload...)
	t.writing.Lock()
	_, err := t.ch.Write(out)
	t.writing.Unlock()
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// encoded is a string as SSH has it (RFC 4251 §5).
func encoded(s string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(s))) //nolint:gosec // a path or a handle
	return append(b, s...)
}
