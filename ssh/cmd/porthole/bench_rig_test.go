package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"porthole/ssh/cmd/porthole/proxy"
	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/sshtest/realpeer"
	"porthole/ssh/wire"
)

// benchWorld is a world with a real sshd behind its device.
func benchWorld(b *testing.B) *world {
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
	return w
}

// clientOf is a client of a tenant or gateway.
func clientOf(b *testing.B, address string) *tenant.Client {
	b.Helper()
	base, err := url.Parse(address)
	if err != nil {
		b.Fatal(err)
	}
	client := tenant.New(tenant.Options{BaseURL: base, User: "admin", Password: "pw"})
	b.Cleanup(client.Close)
	return client
}

// serveProxy does what `porthole proxy` does, for a service of the device.
func serveProxy(b *testing.B, client *tenant.Client, to *service) string {
	b.Helper()
	device, err := client.Describe(b.Context(), "1234")
	if err != nil {
		b.Fatal(err)
	}
	configuration := configurationOf(b, client, device, to)
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

// configurationOf makes a configuration for a service.
func configurationOf(b *testing.B, client *tenant.Client, device tenant.Device, to *service) tenant.Configuration {
	b.Helper()
	name, host, kind := fmt.Sprintf("bench-%d", to.port), "127.0.0.1", wire.ProtocolPassthrough
	made, err := client.Create(b.Context(), device.ID, tenant.Change{Name: &name, Hostname: &host, Port: &to.port, Protocol: &kind})
	if err != nil {
		b.Fatal(err)
	}
	return made
}

// copies is a chain of plain TCP copies, hop after hop, to a port.
func copies(b *testing.B, hops, port int) string {
	b.Helper()
	for range hops {
		next := fmt.Sprintf("127.0.0.1:%d", port)
		hop, err := serve(func(near *net.TCPConn) {
			far, err := net.Dial("tcp", next)
			if err != nil {
				return
			}
			var both sync.WaitGroup
			both.Go(func() {
				plainCopy(far, near)
				_ = far.Close()
			})
			plainCopy(near, far)
			_ = near.Close()
			both.Wait()
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(hop.close)
		port = hop.port
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// plainCopy copies through this process; the bare interfaces keep the kernel from it.
func plainCopy(w io.Writer, r io.Reader) {
	_, _ = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, 64<<10))
}

// turns runs each way by turns, so that all have the same machine, and gives the median of
// each.
func turns(rounds int, ways ...func() float64) []float64 {
	values := make([][]float64, len(ways))
	for range rounds {
		for i, way := range ways {
			values[i] = append(values[i], way())
		}
	}
	medians := make([]float64, len(ways))
	for i, v := range values {
		slices.Sort(v)
		medians[i] = v[len(v)/2]
	}
	return medians
}

// program is the command line: PORTHOLE_BIN, or built here.
func program(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("PORTHOLE_BIN"); path != "" {
		return path
	}
	path := filepath.Join(b.TempDir(), "porthole")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "porthole/ssh/cmd/porthole")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

// command runs the program against the world's tenant, with no home of its own.
func (w *world) command(b *testing.B, path string, args ...string) *exec.Cmd {
	b.Helper()
	cmd := exec.Command(path, args...)
	home := b.TempDir()
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "DBUS_SESSION_BUS_ADDRESS=disabled:",
		"C8Y_HOST=" + w.server.URL, "C8Y_USER=admin", "C8Y_PASSWORD=pw", "NO_PROXY=*",
	}
	return cmd
}

// residentKiB is the memory of a process.
func residentKiB(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, resident int
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0, errors.New("statm of another form")
	}
	return resident * os.Getpagesize() >> 10, nil
}

// milliseconds since a time.
func milliseconds(began time.Time) float64 { return float64(time.Since(began).Microseconds()) / 1000 }
