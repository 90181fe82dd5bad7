package tenant

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porthole/ssh/cmd/porthole/fault"
)

// endless writes 10 GB, or what the other side takes of it, and tells how much that was.
func endless(w io.Writer) int {
	chunk := bytes.Repeat([]byte("[\"x\","), 1<<14)
	written := 0
	for written < 10<<30 {
		n, err := w.Write(chunk)
		written += n
		if err != nil {
			break
		}
	}
	return written
}

func TestAnAnswerWithoutEndIsReadUpToItsBound(t *testing.T) {
	for name, pack := range map[string]bool{"plain": false, "packed": true} {
		t.Run(name, func(t *testing.T) {
			written := make(chan int, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if !pack {
					written <- endless(w)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				packer, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is one of its own
				written <- endless(packer)
			}))
			defer server.Close()
			c := client(t, server.URL, nil)
			_, err := c.Devices(t.Context(), "", 1)
			if fault.Of(err) != fault.Network || !strings.Contains(err.Error(), "larger than 16 MiB and was not read") {
				t.Errorf("REST: got %v", err)
			}
			// Packed, the kernel's buffers hold a hundred times of it.
			if got := <-written; !pack && got > 64<<20 || got >= 10<<30 {
				t.Errorf("REST: %d MiB were taken", got>>20)
			}
			start := time.Now()
			if _, err := c.Dial(t.Context(), "1", "1"); err == nil {
				t.Error("websocket: no error")
			}
			if got := <-written; !pack && got > 64<<20 || got >= 10<<30 {
				t.Errorf("websocket: %d MiB were taken", got>>20)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("websocket: took %s", took)
			}
		})
	}
}
