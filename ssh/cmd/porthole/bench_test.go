package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The figures of `.ci/bench cli`, each next to its limit in the same run and by turns:
// go test -run '^$' -bench Figure -benchtime 1x ./ssh/cmd/porthole

const (
	streamBytes  = 256 << 20
	streamRounds = 5
	// streamHops are proxy, tenant and agent.
	streamHops = 3
)

// BenchmarkFigureStream is one stream in one direction, through proxy, stand-in platform
// and device, and through as many plain copies.
func BenchmarkFigureStream(b *testing.B) {
	bulk, err := serve(bulkService)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(bulk.close)
	w := benchWorld(b)
	porthole, plain := serveProxy(b, clientOf(b, w.server.URL), bulk), copies(b, streamHops, bulk.port)
	for _, way := range []struct {
		name      string
		direction byte
	}{{"up", 'u'}, {"down", 'd'}} {
		b.Run(way.name, func(b *testing.B) {
			stream := func(address string) func() float64 {
				return func() float64 { return streamed(b, address, way.direction) }
			}
			figures := turns(streamRounds, stream(porthole), stream(plain))
			b.ReportMetric(figures[0], "porthole-MB/s")
			b.ReportMetric(figures[1], "copies-MB/s")
		})
	}
}

// bulkService takes ('u') or gives ('d') streamBytes, once the other side is ready.
func bulkService(conn *net.TCPConn) {
	var direction [1]byte
	if _, err := io.ReadFull(conn, direction[:]); err != nil {
		return
	}
	_, _ = conn.Write([]byte{'!'})
	buf := make([]byte, 64<<10)
	if direction[0] == 'd' {
		_, _ = io.ReadFull(conn, direction[:])
		for sent := 0; sent < streamBytes; sent += len(buf) {
			if _, err := conn.Write(buf); err != nil {
				return
			}
		}
		return
	}
	for left := streamBytes; left > 0; {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		left -= n
	}
	_, _ = conn.Write([]byte{'!'})
}

// streamed gives the MB/s of one stream, without opening the connection.
func streamed(b *testing.B, address string, direction byte) float64 {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	buf := make([]byte, 64<<10)
	buf[0] = direction
	if _, err := conn.Write(buf[:1]); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(conn, buf[:1]); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if direction == 'u' {
		for sent := 0; sent < streamBytes; sent += len(buf) {
			if _, err := conn.Write(buf); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := io.ReadFull(conn, buf[:1]); err != nil {
			b.Fatal(err)
		}
	} else {
		if _, err := conn.Write(buf[:1]); err != nil {
			b.Fatal(err)
		}
		for left := streamBytes; left > 0; {
			n, err := conn.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			left -= n
		}
	}
	return streamBytes / 1e6 / time.Since(began).Seconds()
}

// BenchmarkFigureConnection is a new local connection up to the device's first byte: by
// way of a gateway, and straight to the stand-in platform.
func BenchmarkFigureConnection(b *testing.B) {
	const rounds = 100
	w := benchWorld(b)
	gateway, err := w.startGateway("")
	if err != nil {
		b.Fatal(err)
	}
	connect := func(address string) func() float64 {
		return func() float64 {
			began := time.Now()
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
				b.Fatal(err)
			}
			took := milliseconds(began)
			_, _ = io.Copy(io.Discard, conn) // the next one begins when this one has ended
			_ = conn.Close()
			return took
		}
	}
	// Two services: the refusals and operations of one are not the other's.
	figures := turns(rounds,
		connect(serveProxy(b, clientOf(b, gateway), w.once)),
		connect(serveProxy(b, clientOf(b, w.server.URL), w.once)))
	b.ReportMetric(figures[0], "gateway-ms")
	b.ReportMetric(figures[1], "direct-ms")
}

// ready starts `porthole proxy` and gives its address, once it accepts connections.
func (w *world) ready(b *testing.B, path string) (cmd *exec.Cmd, address string) {
	b.Helper()
	cmd = w.command(b, path, "proxy", deviceName, "-c", "echo", "--output", "json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var told struct {
		Address string `json:"address"`
	}
	if err != nil || json.Unmarshal(line, &told) != nil {
		b.Fatalf("%q, %v", line, err)
	}
	return cmd, told.Address
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// BenchmarkFigureIdle is the memory of `porthole proxy` for each of 500 tunnels that were
// used once and are idle.
func BenchmarkFigureIdle(b *testing.B) {
	const count = 500
	w := benchWorld(b)
	cmd, address := w.ready(b, program(b))
	defer stop(cmd)
	before, err := residentKiB(cmd.Process.Pid)
	if err != nil {
		b.Fatal(err)
	}
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
	}
	after, err := residentKiB(cmd.Process.Pid)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(after-before)/count, "idle-KiB")
}

// BenchmarkFigureStart is `porthole proxy` from its start until it accepts connections,
// and beside it the start of a program that does nothing: `porthole version`.
func BenchmarkFigureStart(b *testing.B) {
	const rounds = 15
	w := benchWorld(b)
	path := program(b)
	figures := turns(rounds, func() float64 {
		began := time.Now()
		cmd, _ := w.ready(b, path)
		took := milliseconds(began)
		stop(cmd)
		return took
	}, func() float64 {
		cmd := w.command(b, path, "version")
		began := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		return milliseconds(began)
	})
	b.ReportMetric(figures[0], "ready-ms")
	b.ReportMetric(figures[1], "version-ms")
}

const (
	copyBytes  = 100 << 20
	copyRounds = 5
)

// BenchmarkFigureCopy is `porthole cp` of a large file from its start to its end, and
// native sftp's on the same sshd, which it reaches without a tunnel: as it comes
// (chacha20-poly1305), and with the cipher that ours prefers (AES-GCM).
func BenchmarkFigureCopy(b *testing.B) {
	w := benchWorld(b)
	path, folder := program(b), b.TempDir()
	key, file, back := filepath.Join(folder, "key"), filepath.Join(folder, "file"), filepath.Join(folder, "back")
	if err := os.WriteFile(key, w.sshd.PrivateKey, 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	want := pour(f, copyBytes)
	_ = f.Close()
	cp := func(from, to string) func() float64 {
		return func() float64 {
			return copied(b, w.command(b, path, "cp", from, to, "-l", w.sshd.User, "-i", key, "--accept-new"))
		}
	}
	sftp := func(line string, options ...string) func() float64 {
		batch := filepath.Join(b.TempDir(), "batch")
		if err := os.WriteFile(batch, []byte(line+"\n"), 0o600); err != nil {
			b.Fatal(err)
		}
		return func() float64 {
			args := append([]string{
				"-q", "-b", batch, "-i", key, "-P", fmt.Sprint(w.sshd.Port),
				"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
			}, options...)
			return copied(b, exec.Command("sftp", append(args, w.sshd.User+"@127.0.0.1")...))
		}
	}
	up, down := cp(file, deviceName+":copied"), cp(deviceName+":copied", back)
	up()
	const gcm = "-oCiphers=aes128-gcm@openssh.com"
	put, get := "put "+file+" native", "get native "+back+"-native"
	figures := turns(copyRounds, up, sftp(put), sftp(put, gcm), down, sftp(get), sftp(get, gcm))
	for i, unit := range []string{
		"up-MB/s", "sftp-up-MB/s", "sftp-gcm-up-MB/s", "down-MB/s", "sftp-down-MB/s", "sftp-gcm-down-MB/s",
	} {
		b.ReportMetric(figures[i], unit)
	}
	if hashFile(b, back) != want {
		b.Error("what came back is not what was sent")
	}
}

// copied runs a command that moves copyBytes and gives its MB/s.
func copied(b *testing.B, cmd *exec.Cmd) float64 {
	b.Helper()
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return copyBytes / 1e6 / time.Since(began).Seconds()
}

func hashFile(b *testing.B, path string) [sha256.Size]byte {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return sha256.Sum256(text)
}
