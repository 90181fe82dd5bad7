package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/cmd/porthole/proxy"
	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/sshtest/realpeer"
)

// benchWorld is a world and a client of its tenant.
func benchWorld(b *testing.B) (*world, *tenant.Client) {
	b.Helper()
	sshd, err := realpeer.Start(context.Background(), realpeer.OpenSSH, realpeer.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sshd.Close() })
	w, err := newWorld(sshd, sshd)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(w.close)
	base, err := url.Parse(w.server.URL)
	if err != nil {
		b.Fatal(err)
	}
	client := tenant.New(tenant.Options{BaseURL: base, User: "admin", Password: "pw"})
	b.Cleanup(client.Close)
	return w, client
}

// serveProxy listens for one configuration of the device.
func serveProxy(b *testing.B, client *tenant.Client, name string) string {
	b.Helper()
	device, err := client.Describe(b.Context(), "1234")
	if err != nil {
		b.Fatal(err)
	}
	configuration, err := client.FindConfiguration(b.Context(), device, tenant.Wanted{Name: name})
	if err != nil {
		b.Fatal(err)
	}
	listener, got, err := proxy.Listen(b.Context(), proxy.Address{Network: "tcp", Host: "127.0.0.1"})
	if err != nil {
		b.Fatal(err)
	}
	server := proxy.NewServer(proxy.Options{Linger: time.Second, Dial: func(ctx context.Context) (proxy.Tunnel, error) {
		watch := client.Watch(device, configuration, time.Minute)
		conn, err := client.Dial(ctx, device.ID, configuration.ID)
		return proxy.Tunnel{Conn: conn, Await: watch.Await}, err
	}}, func(text string) { b.Log(text) })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ctx, listener)
	}()
	b.Cleanup(func() {
		cancel()
		<-done
	})
	return got.String()
}

// relay is a chain of plain TCP copies, hop after hop, to address.
func relayChain(b *testing.B, hops int, address string) string {
	b.Helper()
	for range hops {
		next := address
		s, err := serve(func(conn *net.TCPConn) {
			far, err := net.Dial("tcp", next)
			if err != nil {
				return
			}
			var both sync.WaitGroup
			both.Go(func() {
				_, _ = io.CopyBuffer(struct{ io.Writer }{far}, struct{ io.Reader }{conn}, make([]byte, 64<<10))
				_ = far.Close()
			})
			_, _ = io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{far}, make([]byte, 64<<10))
			_ = conn.Close()
			both.Wait()
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(s.close)
		address = fmt.Sprintf("127.0.0.1:%d", s.port)
	}
	return address
}

// BenchmarkStream echoes through proxy, stand-in and device, and through as many plain
// copies in user space.
func BenchmarkStream(b *testing.B) {
	w, client := benchWorld(b)
	const piece = 64 << 20
	for name, address := range map[string]string{
		"porthole": serveProxy(b, client, "echo"),
		"copies":   relayChain(b, 3, fmt.Sprintf("127.0.0.1:%d", w.echo.port)), // proxy, tenant, agent
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(piece)
			for b.Loop() {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					b.Fatal(err)
				}
				go func() { _, _ = io.CopyN(conn, zeros{}, piece) }()
				if n, err := io.CopyN(io.Discard, conn, piece); err != nil {
					b.Fatalf("%d bytes: %v", n, err)
				}
				_ = conn.Close()
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// BenchmarkConnection is a new connection to its first byte.
func BenchmarkConnection(b *testing.B) {
	_, client := benchWorld(b)
	address := serveProxy(b, client, "once")
	b.ResetTimer()
	for b.Loop() {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
		_ = conn.Close()
	}
}

// BenchmarkIdleTunnels is the memory of the CLI for each of 500 idle tunnels. The program
// runs as a process of its own.
func BenchmarkIdleTunnels(b *testing.B) {
	w, _ := benchWorld(b)
	const count = 500
	ready := filepath.Join(b.TempDir(), "ready")
	cmd := porthole(b, w, "proxy", "my_device", "-c", "echo", "--ready-file", ready)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	address := awaitFile(b, ready)
	before := residentKiB(b, cmd.Process.Pid)
	var conns []net.Conn
	for range count {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := conn.Write([]byte("x")); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
	}
	for b.Loop() {
		time.Sleep(time.Millisecond) // they are idle
	}
	b.ReportMetric(float64(residentKiB(b, cmd.Process.Pid)-before)/float64(len(conns)), "KiB/tunnel")
}

// BenchmarkStart is `porthole proxy` from its start to accepting connections.
func BenchmarkStart(b *testing.B) {
	w, _ := benchWorld(b)
	for b.Loop() {
		ready := filepath.Join(b.TempDir(), "ready")
		cmd := porthole(b, w, "proxy", "my_device", "-c", "echo", "--ready-file", ready)
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		awaitFile(b, ready)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// BenchmarkCopy compares `porthole cp` with native sftp on the same sshd.
func BenchmarkCopy(b *testing.B) {
	w, _ := benchWorld(b)
	const size = 100 << 20
	folder := b.TempDir()
	key, file := filepath.Join(folder, "key"), filepath.Join(folder, "file")
	if err := os.WriteFile(key, w.sshd.PrivateKey, 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	pour(f, size)
	_ = f.Close()
	back := filepath.Join(folder, "back")
	batch := filepath.Join(folder, "batch")
	run := func(b *testing.B, cmd *exec.Cmd) {
		b.Helper()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	with := []string{"-l", w.sshd.User, "-i", key, "--accept-new"}
	for name, make := range map[string]func() *exec.Cmd{
		"porthole/up":   func() *exec.Cmd { return porthole(b, w, append([]string{"cp", file, "my_device:copied"}, with...)...) },
		"porthole/down": func() *exec.Cmd { return porthole(b, w, append([]string{"cp", "my_device:copied", back}, with...)...) },
		"sftp/up":       func() *exec.Cmd { return native(b, w, batch, key, "put "+file+" copied") },
		"sftp/down":     func() *exec.Cmd { return native(b, w, batch, key, "get copied "+back) },
	} {
		if strings.HasSuffix(name, "down") {
			run(b, porthole(b, w, append([]string{"cp", file, "my_device:copied"}, with...)...))
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				run(b, make())
			}
		})
	}
	if a, c := hashFile(b, file), hashFile(b, back); a != c {
		b.Error("what came back is not what was sent")
	}
}

func native(b *testing.B, w *world, batch, key, line string) *exec.Cmd {
	b.Helper()
	if err := os.WriteFile(batch, []byte(line+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return exec.Command("sftp", "-q", "-b", batch, "-i", key, "-P", fmt.Sprint(w.sshd.Port),
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", w.sshd.User+"@127.0.0.1")
}

func hashFile(b *testing.B, path string) [32]byte {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return sha256.Sum256(text)
}

// built is the program, built once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("porthole-bench-%d", os.Getpid()))
	out, err := exec.Command("go", "build", "-o", path, "porthole/ssh/cmd/porthole").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

func porthole(b *testing.B, w *world, args ...string) *exec.Cmd {
	b.Helper()
	path, err := built()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	home := b.TempDir()
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "PORTHOLE_KEYRING=off",
		"C8Y_HOST=" + w.server.URL, "C8Y_USER=admin", "C8Y_PASSWORD=pw",
	}
	return cmd
}

func awaitFile(b *testing.B, path string) string {
	b.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(200 * time.Microsecond) {
		if text, err := os.ReadFile(path); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	b.Fatalf("%s did not come", path)
	return ""
}

// residentKiB is the memory of a process.
func residentKiB(b *testing.B, pid int) int {
	b.Helper()
	if runtime.GOOS != "linux" {
		b.Skip("needs /proc")
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var n int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &n); err == nil {
			return n
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
