package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"porthole/ssh/sshtest/realpeer"
)

// cutter stands between agent and sshd: it counts bytes, and cuts all connections when
// so many have passed.
type cutter struct {
	left, passed atomic.Int64
	to           string
}

func (c *cutter) carry(conn *net.TCPConn) {
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		c.copy(far, conn)
		_ = far.Close()
	})
	c.copy(conn, far)
	_ = conn.Close()
	both.Wait()
}

func (c *cutter) copy(to io.Writer, from io.Reader) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if c.passed.Add(int64(n)); c.left.Add(-int64(n)) < 0 || err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// sums are the hashes of the files below a folder.
func sums(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		fmt.Fprintf(&b, "%s %x\n", name, sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCopiesThatAreCutGoOnWithTheSameCommand(t *testing.T) {
	p := newTypist(t, realpeer.Options{})
	c := &cutter{to: fmt.Sprintf("127.0.0.1:%d", p.w.sshd.Port)}
	between, err := serve(c.carry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(between.close)
	key := p.file("key", p.w.sshd.PrivateKey)
	tree := filepath.Join(p.home, "tree")
	size := int64(0)
	for name, n := range map[string]int{"large": 16 << 20, "sub/middle": 1 << 20, "sub/small": 1000, "zero": 0} {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		pour(file, n)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		size += int64(n)
	}
	if out, code := p.alone("porthole", "configurations", "create-passthrough", "my_device", "--name", "cut", "--port", fmt.Sprint(between.port)); code != 0 {
		t.Fatal(out)
	}
	for _, way := range [][]string{
		{tree, "my_device:there"},
		{"my_device:there", filepath.Join(p.home, "back")},
		{filepath.Join(tree, "large"), "my_device:one"},
		{"my_device:one", filepath.Join(p.home, "one")},
	} {
		whole := size
		if strings.Contains(way[0]+way[1], "one") {
			whole = 16 << 20
		}
		c.passed.Store(0)
		cuts := 0
		for {
			c.left.Store(whole / 4)
			out, code := p.alone("porthole", append([]string{"cp", "-v", "-r", "--resume", "--checksum", "-c", "cut", "-i", key, "--accept-new"}, way...)...)
			if code == 0 {
				break
			}
			if code != 9 {
				t.Fatalf("%v: exit status %d of a connection that broke, %s", way, code, out)
			}
			if cuts++; cuts > 12 {
				t.Fatalf("%v: no end: %s", way, out)
			}
		}
		if cuts < 3 {
			t.Errorf("%v: %d cuts", way, cuts)
		}
		twice := c.passed.Load() - whole
		t.Logf("%v: %d cuts, %d bytes more than the %d of the files", way, cuts, twice, whole)
		// A cut loses what is under way: a window of SSH at most, and the handshake.
		if most := int64(cuts+1) * 9 / 4 << 20; twice > most {
			t.Errorf("%v: %d bytes more than the %d of the files over %d cuts, want at most %d", way, twice, whole, cuts, most)
		}
	}
	if got, want := sums(t, filepath.Join(p.home, "back")), sums(t, tree); got != want {
		t.Errorf("came back as\n%s\nwas\n%s", got, want)
	}
	if got, want := sums(t, filepath.Join(p.home, "one")), sums(t, filepath.Join(tree, "large")); got != want {
		t.Errorf("came back as\n%s\nwas\n%s", got, want)
	}
}
