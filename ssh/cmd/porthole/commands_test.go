package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	random "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
)

// The commands that stories have beside testscript's own.

func worldOf(ts *testscript.TestScript) *world { return ts.Value("world").(*world) }

// ready FILE [VAR]: waits until the file is there, and puts its text into a variable.
// With !, waits until it is gone.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: ready FILE [VAR]")
	}
	path := ts.MkAbs(args[0])
	until := time.Now().Add(patience)
	for {
		_, err := os.Lstat(path)
		if (err != nil) == neg {
			if len(args) > 1 {
				text, err := os.ReadFile(path)
				ts.Check(err)
				ts.Setenv(args[1], strings.TrimSpace(string(text)))
			}
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("%s after %s: %v", path, patience, err)
		}
		time.Sleep(5 * time.Millisecond) // between two looks
	}
}

// talk ADDRESS BYTES [COUNT]: connects COUNT times at once; each connection sends that
// many random bytes, ends its sending side, and must read the same bytes, then the end.
// With !, the connection must end without a byte.
func talk(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: talk ADDRESS BYTES [COUNT]")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	count := 1
	if len(args) > 2 {
		count, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	errs := make([]error, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { errs[i] = talkOnce(args[0], size, neg) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			ts.Fatalf("connection %d of %d: %v", i+1, count, err)
		}
	}
}

func dialLocal(address string) (net.Conn, error) {
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		return net.Dial("unix", path)
	}
	return net.Dial("tcp", address)
}

func talkOnce(address string, size int, refused bool) error {
	conn, err := dialLocal(address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience + time.Duration(size>>20)*time.Second))
	sent := make(chan [32]byte, 1)
	go func() { // ends with the connection
		sent <- pour(conn, size)
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
	}()
	hash := sha256.New()
	n, err := io.Copy(hash, conn)
	if refused {
		if n > 0 {
			return fmt.Errorf("got %d bytes, want none", n)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if n != int64(size) || [32]byte(hash.Sum(nil)) != <-sent {
		return fmt.Errorf("got %d bytes, want the %d that were sent", n, size)
	}
	return nil
}

// pour writes that many random bytes and gives their hash.
func pour(w io.Writer, size int) [32]byte {
	var seed [32]byte
	_, _ = rand.Read(seed[:])
	hash := sha256.New()
	_, _ = io.CopyN(io.MultiWriter(w, hash), random.NewChaCha8(seed), int64(size)) // the hash tells
	return [32]byte(hash.Sum(nil))
}

// pipe BYTES PROGRAM ARGS…: the program must give back on standard output the random
// bytes that it gets on standard input.
func pipe(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[0])
	ts.Check(err)
	path := filepath.Join(ts.Getenv("TESTSCRIPT_BIN"), args[1])
	cmd := exec.Command(path, args[2:]...)
	for _, name := range []string{"C8Y_HOST", "C8Y_USER", "C8Y_PASSWORD", "HOME", "PATH", "NO_PROXY"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	in, err := cmd.StdinPipe()
	ts.Check(err)
	hash := sha256.New()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = hash, &said
	ts.Check(cmd.Start())
	sent := pour(in, size)
	ts.Check(in.Close())
	if err := cmd.Wait(); err != nil {
		ts.Fatalf("%v: %s", err, said.String())
	}
	if [32]byte(hash.Sum(nil)) != sent {
		ts.Fatalf("what came back is not what was sent: %s", said.String())
	}
}

// envfile FILE LINE…: writes lines in which variables have their values.
func envFile(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.Join(args[1:], "\n") + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// rekey FILE: another key in the place of each in a known_hosts file.
func rekey(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	ts.Check(err)
	key, err := gossh.NewPublicKey(public)
	ts.Check(err)
	var changed strings.Builder
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		changed.WriteString(name + " " + string(gossh.MarshalAuthorizedKey(key)))
	}
	ts.Check(os.WriteFile(path, []byte(changed.String()), 0o600))
}

// talkhalf ADDRESS BYTES: like talk, but the sending side stays open until the answer is
// there, for what carries no half-close back.
func talkHalf(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	conn, err := dialLocal(args[0])
	ts.Check(err)
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	sent := make([]byte, size)
	_, _ = rand.Read(sent)
	_, err = conn.Write(sent)
	ts.Check(err)
	got := make([]byte, size)
	_, err = io.ReadFull(conn, got)
	ts.Check(err)
	if !bytes.Equal(got, sent) {
		ts.Fatalf("what came back is not what was sent")
	}
}

// listenof VAR URL: where a server of this machine with that URL listens.
func listenOf(ts *testscript.TestScript, _ bool, args []string) {
	to, err := url.Parse(args[1])
	ts.Check(err)
	ts.Setenv(args[0], "127.0.0.1:"+to.Port())
}

// address FILE LINE VAR: waits for a ready file of several addresses and takes one.
func address(ts *testscript.TestScript, _ bool, args []string) {
	ready(ts, false, args[:1])
	number, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Setenv(args[2], strings.Split(ts.ReadFile(args[0]), "\n")[number-1])
}

// freeport VAR: a port that nothing listens on.
func freePortCommand(ts *testscript.TestScript, _ bool, args []string) {
	port, err := freePort()
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(port))
}

// short ADDRESS COUNT ATONCE: connections that get one byte and the end.
func short(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	atOnce, err := strconv.Atoi(args[2])
	ts.Check(err)
	var group errgroup.Group
	group.SetLimit(atOnce)
	for range count {
		group.Go(func() error {
			conn, err := dialLocal(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(patience))
			got, err := io.ReadAll(conn)
			if err != nil || string(got) != "!" {
				return fmt.Errorf("got %q, %w, want one byte and the end", got, err)
			}
			return nil
		})
	}
	ts.Check(group.Wait())
}

// held ADDRESS ends: connects, says one byte, reads it back, and waits for the end.
func held(ts *testscript.TestScript, _ bool, args []string) {
	conn, err := dialLocal(args[0])
	ts.Check(err)
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, err = conn.Write([]byte("x"))
	ts.Check(err)
	got, err := io.ReadAll(conn)
	if string(got) != "x" || err != nil {
		ts.Fatalf("got %q, %v, want the byte and the end", got, err)
	}
}

// status CODE PROGRAM ARGS…: like exec, and the exit status must be that.
func status(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// hold ADDRESS: connects, says one byte and reads it back, and keeps the connection.
func hold(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	conn, err := dialLocal(args[0])
	ts.Check(err)
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, err = conn.Write([]byte("x"))
	ts.Check(err)
	_, err = io.ReadFull(conn, make([]byte, 1))
	if (err != nil) != neg {
		ts.Fatalf("held connection: %v", err)
	}
	w.held = append(w.held, conn)
}

// ended: every held connection must end.
func ended(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	for _, conn := range w.held {
		if n, err := conn.Read(make([]byte, 1)); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			ts.Fatalf("got %d bytes, %v, want the end", n, err)
		}
		_ = conn.Close()
	}
	w.held = nil
}

// agent start|stop: the device's agent comes and goes.
func agentCommand(ts *testscript.TestScript, _ bool, args []string) {
	switch w := worldOf(ts); args[0] {
	case "start":
		ts.Check(w.startAgent())
	case "stop":
		w.stopAgent()
	default:
		ts.Fatalf("usage: agent start|stop")
	}
}

// tenant FAULT: spoils the tenant's answers from now on. "expire" ends the tokens that
// were used before.
func tenantCommand(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if args[0] == "expire" {
		w.requests.expire()
		return
	}
	w.requests.mu.Lock()
	defer w.requests.mu.Unlock()
	fault, ok := faults[args[0]]
	if !ok {
		ts.Fatalf("no such fault: %s", args[0])
	}
	w.requests.fault = fault
}

var faults = map[string]func(http.ResponseWriter, *http.Request) bool{
	"well": nil,
	// 10 GB of JSON: whoever reads it all is out of memory before it ends.
	"endless": func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		chunk := bytes.Repeat([]byte(`{"managedObjects":[`), 1<<12)
		for range 10 << 30 / len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				break
			}
		}
		return true
	},
	"html": func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, "<html>welcome</html>")
		return true
	},
	"redirect": func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "http://thief.example/"+r.URL.Path, http.StatusFound)
		return true
	},
	"forbidden": func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/client/") {
			return false
		}
		refuse(w, http.StatusForbidden, `{"error":"remoteaccess/Forbidden","message":"No \u001b[31mremote access\u001b[0m for you today."}`)
		return true
	},
	// An HTTP proxy on the way that wants to know who asks.
	"proxy-sign-in": func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Proxy-Authenticate", `Basic realm="way out"`)
		refuse(w, http.StatusProxyAuthRequired, "<html>who are you?</html>")
		return true
	},
}

// mode FILE MODE: the file must have these permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%#o", info.Mode().Perm()); (got == args[1]) == neg {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
