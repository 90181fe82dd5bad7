package ssh

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

func TestSeveralSessionsAtOnce(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			session, err := client.Exec(testContext(t), fmt.Sprintf("bytes %d", 100_000+i))
			if err != nil {
				t.Error(err)
				return
			}
			if n, err := io.Copy(io.Discard, session.Stdout()); n != int64(100_000+i) || err != nil {
				t.Errorf("session %d: got %d bytes, %v", i, n, err)
			}
		})
	}
	wg.Wait()
}

// TestReadsCoalesce: when data is there, a read takes much of it.
func TestReadsCoalesce(t *testing.T) {
	const total = 4 << 20
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), fmt.Sprintf("bytes %d", total))
	if err != nil {
		t.Fatal(err)
	}
	full, n, buf := 0, 0, make([]byte, 32<<10)
	deadline := time.Now().Add(patience)
	for client.Stats().BytesIn < 2<<20-64<<10 && time.Now().Before(deadline) {
		runtime.Gosched() // until the window is used up: nobody reads
	}
	for {
		m, err := session.Stdout().Read(buf)
		if n += m; m == len(buf) {
			full++
		}
		if err != nil {
			break
		}
	}
	if n != total || full < (1<<20)/len(buf) {
		t.Errorf("got %d bytes with %d full reads", n, full)
	}
}

// TestFloodIsBoundedAndEndsWithCtrlC: a reader that stops slows the device; Ctrl-C gets
// through at once.
func TestFloodIsBoundedAndEndsWithCtrlC(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session := shell(t, client, ShellOptions{})
	if _, err := session.Write([]byte("flood\r")); err != nil {
		t.Fatal(err)
	}
	last, still := int64(0), 0
	for still < 20 { // until nothing more comes for a while
		time.Sleep(10 * time.Millisecond)
		if now := client.Stats().BytesIn; now == last && now > 1<<20 {
			still++
		} else {
			last, still = now, 0
		}
	}
	if last > 3<<20 {
		t.Errorf("%d bytes came although nobody read", last)
	}
	begin := time.Now()
	if _, err := session.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), "^C")
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Ctrl-C took %v", took)
	}
}

func TestFiveMegabytePaste(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), "cat")
	if err != nil {
		t.Fatal(err)
	}
	paste := bytes.Repeat([]byte("pasted text, grüße\n"), 5<<20/20)
	go func() {
		if n, err := session.Write(paste); n != len(paste) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		_ = session.CloseWrite(t.Context())
	}()
	if got, err := io.ReadAll(session.Stdout()); err != nil || !bytes.Equal(got, paste) {
		t.Errorf("got %d bytes back, %v, want %d", len(got), err, len(paste))
	}
}

// stuck serves shells that never read.
func stuck(t *testing.T) *sshtest.Server {
	t.Helper()
	return newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"},
		Shell:     func(s *sshtest.Session) { <-s.Context().Done() },
	})
}

func TestWriteToAProgramThatDoesNotRead(t *testing.T) {
	server := stuck(t)
	client := connected(t, server, passwordConfig(server))
	much := make([]byte, 8<<20)
	t.Run("gives up with its context", func(t *testing.T) {
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		n, err := session.WriteContext(ctx, much)
		wantError(t, err, wire.CodeDeviceTimeout)
		if n > 3<<20 {
			t.Errorf("the window took %d bytes", n)
		}
		ctx2, cancel2 := context.WithCancel(t.Context())
		cancel2()
		_, err = session.WriteContext(ctx2, []byte("x"))
		wantError(t, err, wire.CodeCancelled)
		_ = session.Close()
	})
	t.Run("gives up with the session", func(t *testing.T) {
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, func() { _ = session.Close() })
		_, err = session.Write(much)
		wantError(t, err, wire.CodeClosed)
	})
	t.Run("gives up with the connection", func(t *testing.T) {
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, server.DropConnections)
		_, err = session.Write(much)
		wantError(t, err, wire.CodeLost)
	})
}
