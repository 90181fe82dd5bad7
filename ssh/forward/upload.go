package forward

import (
	"errors"
	"io"
	"sync"

	"porthole/ssh/wire"
)

// maxReplay is how large a request's body may be to be sent a second time, after a 401 or
// on a connection that turned out to be closed; in bytes.
const maxReplay = 1 << 20

// upload is a request's body. What was read of a small one is kept, so that it can be
// sent again. A nil upload is no body.
type upload struct {
	src  io.Reader
	size int64
	dog  *watchdog

	// Owned by the one that sends.
	kept []byte // of src, when size is at most maxReplay
	at   int    // how much of kept was given in this attempt
	read int64  // bytes taken from src ever

	mu  sync.Mutex
	err error // src failed
}

func newUpload(r *Request) *upload {
	if r.Body == nil || r.Size <= 0 {
		return nil
	}
	return &upload{src: r.Body, size: r.Size}
}

func (u *upload) watchedBy(dog *watchdog) {
	if u != nil {
		u.dog = dog
	}
}

// replayable says whether the body can be sent a second time, whatever was read of it.
func (u *upload) replayable() bool { return u == nil || u.size <= maxReplay }

// rewind prepares another attempt; false when the body cannot be sent again. Nothing else
// may read it any more.
func (u *upload) rewind() bool {
	if u == nil {
		return true
	}
	u.at = 0
	return u.fault() == nil && (u.read == 0 || u.replayable())
}

// fault is why the page's half of the request failed, nil while it did not.
func (u *upload) fault() error {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// Read gives exactly size bytes.
func (u *upload) Read(p []byte) (int, error) {
	if u.at < len(u.kept) {
		n := copy(p, u.kept[u.at:])
		u.at += n
		return n, nil
	}
	left := u.size - u.read
	if left == 0 {
		return 0, io.EOF
	}
	u.dog.pause()
	n, err := u.src.Read(p[:min(int64(len(p)), left)])
	u.dog.pet()
	u.read += int64(n)
	if u.size <= maxReplay {
		u.kept = append(u.kept, p[:n]...)
		u.at += n
	}
	switch {
	case u.read == u.size || err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		err = invalid("The page sent less than it announced.")
	default:
		err = &Error{Code: wire.CodeCancelled, Message: "The page stopped sending.", Err: err}
	}
	u.mu.Lock()
	u.err = err
	u.mu.Unlock()
	return n, err
}
