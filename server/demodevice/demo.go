package demodevice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// DemoOptions say where the demo device keeps its state and which platform it belongs to.
type DemoOptions struct {
	// StateDir holds the host key; it is made with mode 0700 when missing.
	StateDir string
	// AllowRoot lets the demo device run as root, whose shell it then gives away.
	AllowRoot bool
	// SSHListen is the SSH server's address, loopback only; "" means the port of the last
	// start with this StateDir, so that configurations of the device stay right, or a
	// new one when that is taken.
	SSHListen string
	// Service runs a small service on the device, to try files with: see [Demo.Service].
	Service bool

	// The rest is the agent's; see [Config].
	PlatformURL    string
	DeviceID       wire.DeviceID
	DeviceUser     string
	DevicePassword string
	HTTPClient     *http.Client
	Log            *slog.Logger
}

// Demo is a running demo device.
type Demo struct {
	// SSHAddr is where its SSH server listens; configurations of the device point there.
	SSHAddr *net.TCPAddr
	// PageAddr is where its web page listens, for port forwards.
	PageAddr *net.TCPAddr
	// User and Password open the SSH server. The password is new at each start; show it
	// to the person who started the demo and to nobody else.
	User, Password string
	// HostKey is the SSH server's, the same at every start with the same StateDir.
	HostKey gossh.PublicKey
	// Service is the folder of the device's service: its log, its settings, its program,
	// and a script that controls it. "" when it was not asked for or did not start.
	Service string

	ssh     *sshtest.Server
	page    *page
	service *service // nil: none
	stop    context.CancelFunc
	work    sync.WaitGroup // the agent
}

// ErrRoot is StartDemo's refusal to run as root.
var ErrRoot = errors.New("the demo device gives a shell as the user who started it, and that is root: " +
	"start it as an ordinary user, or allow it by --demo-allow-root")

// StartDemo starts the demo device: its SSH server, its web page, and the agent, which
// keeps trying until the platform is there. It runs until ctx ends or Close is called.
func StartDemo(ctx context.Context, o DemoOptions) (*Demo, error) {
	return startDemo(ctx, o, os.Geteuid())
}

func startDemo(ctx context.Context, o DemoOptions, uid int) (_ *Demo, err error) {
	if uid == 0 && !o.AllowRoot {
		return nil, ErrRoot
	}
	if o.SSHListen != "" {
		if err := onLoopback(o.SSHListen); err != nil {
			return nil, err
		}
	}
	agent, err := New(Config{
		PlatformURL: o.PlatformURL, DeviceID: o.DeviceID, User: o.DeviceUser, Password: o.DevicePassword,
		HTTPClient: o.HTTPClient, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	who, err := currentAccount()
	if err != nil {
		return nil, err
	}
	hostKey, err := loadHostKey(filepath.Join(o.StateDir, "demo_device_host_key"))
	if err != nil {
		return nil, err
	}
	d := &Demo{User: who.name, Password: strings.ToLower(rand.Text()), HostKey: hostKey.PublicKey()}
	d.ssh, err = sshtest.New(sshOptions(who, d.Password, hostKey))
	if err != nil {
		return nil, fmt.Errorf("demodevice: make SSH server: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.ssh.Close())
		}
	}()
	if d.SSHAddr, err = listenSSH(d.ssh, o); err != nil {
		return nil, err
	}
	if d.page, d.PageAddr, err = startPage(ctx); err != nil {
		return nil, err
	}
	d.startService(ctx, o)
	ctx, d.stop = context.WithCancel(ctx)
	d.work.Go(func() { _ = agent.Run(ctx) }) // its error is always nil
	d.work.Go(func() {
		<-ctx.Done()
		_ = d.ssh.Close() // never fails
		d.page.close()
		if d.service != nil {
			_ = d.service.stop() // it ends by itself when this process does
		}
	})
	return d, nil
}

// startService starts the service where it can: it takes a POSIX shell.
func (d *Demo) startService(ctx context.Context, o DemoOptions) {
	if !o.Service {
		return
	}
	folder, err := filepath.Abs(filepath.Join(o.StateDir, "demo_device"))
	if err == nil {
		d.service, err = startService(ctx, folder)
	}
	if err != nil {
		if o.Log != nil {
			o.Log.Warn("the demo device runs without its service", slog.Any("error", err))
		}
		return
	}
	d.Service = folder
}

// Close ends the device with everything that runs on it, and waits for that.
func (d *Demo) Close() error {
	d.stop()
	d.work.Wait()
	return nil
}

// listenSSH starts the SSH server on the port that was asked for, or on that of the last
// start, or on a free one, which is remembered.
func listenSSH(server *sshtest.Server, o DemoOptions) (*net.TCPAddr, error) {
	file := filepath.Join(o.StateDir, "demo_device_port")
	var addr net.Addr
	err := errors.New("no port remembered")
	if o.SSHListen != "" {
		addr, err = server.Listen(o.SSHListen)
	} else {
		if port := rememberedPort(file); port != 0 {
			addr, err = server.Listen(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		}
		if err != nil {
			addr, err = server.Listen("127.0.0.1:0")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("demodevice: start SSH server: %w", err)
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("demodevice: SSH server listens on %s, want TCP", addr)
	}
	if err := os.WriteFile(file, []byte(strconv.Itoa(tcp.Port)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("demodevice: remember port: %w", err)
	}
	return tcp, nil
}

// rememberedPort is the port of the last start, 0 when there is none.
func rememberedPort(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || port < 1024 || port > 65535 {
		return 0
	}
	return port
}

// sshOptions: the person who started the demo, a random password, and what a device's
// SSH server does.
func sshOptions(who account, password string, hostKey gossh.Signer) sshtest.Options {
	run := sshtest.Program(sshtest.ProgramOptions{Shell: who.shell, Dir: who.home, Env: who.environ})
	return sshtest.Options{
		HostKeys:   []gossh.Signer{hostKey},
		Passwords:  map[string]string{who.name: password},
		Shell:      run,
		Exec:       run,
		Subsystems: map[string]func(*sshtest.Session){"sftp": sshtest.SFTP(who.home)},
		AcceptEnv:  acceptEnv,
		Direct:     directToSelf,
		Dial:       dialSelf,
	}
}

// onLoopback refuses an address that others could reach.
func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("demodevice: SSH address: %w", err)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.Unmap().IsLoopback() {
		return fmt.Errorf("demodevice: the demo device listens on loopback only, not on %q", address)
	}
	return nil
}

// account is the person whose shell the demo device gives.
type account struct{ name, home, shell string }

// currentAccount is whoever runs this process. The shell is $SHELL, else the one of the
// password file, else /bin/sh.
func currentAccount() (account, error) {
	u, err := user.Current()
	if err != nil {
		return account{}, fmt.Errorf("demodevice: find out who started it: %w", err)
	}
	who := account{name: u.Username, home: os.Getenv("HOME"), shell: os.Getenv("SHELL")}
	if !isDir(who.home) {
		who.home = u.HomeDir
	}
	if !isDir(who.home) {
		who.home = "/"
	}
	if !isProgram(who.shell) {
		who.shell = passwdShell("/etc/passwd", who.name)
	}
	if !isProgram(who.shell) {
		who.shell = "/bin/sh"
	}
	return who, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return filepath.IsAbs(path) && err == nil && info.IsDir()
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return filepath.IsAbs(path) && err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// passwdShell is the seventh field of the user's line (passwd(5)), "" when there is none.
func passwdShell(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) == 7 && f[0] == name {
			return f[6]
		}
	}
	return ""
}
