package demodevice

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	gossh "golang.org/x/crypto/ssh"

	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

// tenant is the stand-in platform with one device that has one configuration.
func tenant(t *testing.T, port int, stateFile string) (*standin.Platform, *httptest.Server) {
	t.Helper()
	p, err := standin.New(standin.Options{
		StateFile:  stateFile,
		DeviceWait: 20 * time.Second,
		Users:      []standin.User{{Name: "support", Password: "pw", Roles: []string{wire.RoleRemoteAccess}}},
		Devices: []standin.Device{{
			ID: testDevice, Name: "pump", Serial: "pump", User: "device_demo", Password: testPassword,
			Configurations: []platform.Configuration{{ID: "1", Name: "ssh", Hostname: "127.0.0.1", Port: port, Protocol: wire.ProtocolPassthrough}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		server.CloseClientConnections()
		server.Close()
	})
	return p, server
}

// dialClient is a client of the tenant: its websocket to the device's configuration.
func dialClient(t *testing.T, base string) net.Conn {
	t.Helper()
	header := http.Header{}
	(&http.Request{Header: header}).SetBasicAuth("support", "pw")
	conn, _, err := websocket.Dial(t.Context(), base+wire.ClientPath(testDevice, "1"), &websocket.DialOptions{
		HTTPHeader: header, Subprotocols: []string{wire.Subprotocol},
	})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return websocket.NetConn(context.Background(), conn, websocket.MessageBinary)
}

func TestManyShellsThroughTheStandInPlatform(t *testing.T) {
	plainAccount(t)
	// The device must listen before the tenant can know its port.
	reserve, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := reserve.Addr().String()
	port := reserve.Addr().(*net.TCPAddr).Port
	_ = reserve.Close()
	_, server := tenant(t, port, "")
	device, err := StartDemo(context.Background(), DemoOptions{
		StateDir: t.TempDir(), AllowRoot: true, SSHListen: address, PlatformURL: server.URL,
		DeviceID: testDevice, DeviceUser: testUser, DevicePassword: testPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = device.Close() })
	var all sync.WaitGroup
	for i := range 8 {
		c := dialClient(t, server.URL)
		all.Go(func() {
			conn, channels, requests, err := gossh.NewClientConn(c, "device", &gossh.ClientConfig{
				User: device.User, Auth: []gossh.AuthMethod{gossh.Password(device.Password)}, HostKeyCallback: gossh.FixedHostKey(device.HostKey),
			})
			if err != nil {
				t.Errorf("connection %d: %v", i, err)
				return
			}
			client := gossh.NewClient(conn, channels, requests)
			defer func() { _ = client.Close() }()
			s, err := client.NewSession()
			if err != nil {
				t.Errorf("connection %d: %v", i, err)
				return
			}
			want := fmt.Sprintf("shell %d\n", i)
			if out, err := s.Output("echo shell " + fmt.Sprint(i)); err != nil || string(out) != want {
				t.Errorf("got %q, %v, want %q", out, err, want)
			}
		})
	}
	all.Wait()
}

func TestTheStandInPlatformMayRestart(t *testing.T) {
	_, port := echo(t)
	state := filepath.Join(t.TempDir(), "state.json")
	first, server := tenant(t, port, state)
	address := server.Listener.Addr().String()
	agent, err := New(Config{PlatformURL: server.URL, DeviceID: testDevice, User: testUser, Password: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	quick(&agent.timing)
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = agent.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
	c := dialClient(t, server.URL)
	talk(t, c, "before")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	server.CloseClientConnections()
	server.Close()
	if _, err := io.ReadAll(c); err == nil {
		t.Log("the platform said goodbye") // either way of ending is right
	}

	second, err := standin.New(standin.Options{StateFile: state, DeviceWait: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	again := &httptest.Server{Listener: l, Config: &http.Server{Handler: second, ReadHeaderTimeout: time.Minute}}
	again.Start()
	t.Cleanup(func() {
		if err := second.Close(); err != nil {
			t.Error(err)
		}
		again.CloseClientConnections()
		again.Close()
	})
	talk(t, dialClient(t, "http://"+address), "after")
}

func TestTheTenantLearnsWhyThereIsNoConnection(t *testing.T) {
	_, server := tenant(t, 1, "")
	agent, err := New(Config{PlatformURL: server.URL, DeviceID: testDevice, User: testUser, Password: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	quick(&agent.timing)
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = agent.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
	_ = dialClient(t, server.URL)
	const want = "connect to 127.0.0.1:1: connection refused"
	for deadline := time.Now().Add(10 * time.Second); ; {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+operationsPath+"?deviceId="+string(testDevice), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("support", "pw")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), want) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got operations %s, want the reason %q", text, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
