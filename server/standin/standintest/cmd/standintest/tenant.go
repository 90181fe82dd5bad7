//go:build unix

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"porthole/server/demodevice"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// People and devices of the tenant.
const (
	pump wire.DeviceID = "3001" // has an agent, once one is started

	pumpUser string = "device_pump"
	// tfaCode is what the user "tfa" is asked for.
	tfaCode string = "123456"
)

// reachTenant is the JSON line of a tenant.
type reachTenant struct {
	URL           string `json:"url"`
	Password      string `json:"password"` // of every person
	TFACode       string `json:"tfaCode"`
	AgentPassword string `json:"agentPassword"`
	SSHUser       string `json:"sshUser"`
	SSHPassword   string `json:"sshPassword"`
	SSHPort       int    `json:"sshPort"`
}

// tenant serves a stand-in platform. A line of input sets its fault: see faults.
func tenant(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("tenant", flag.ContinueOnError)
	notSubscribed := flags.Bool("not-subscribed", false, "a tenant without remote access")
	through := flags.Int("ssh-through", 0, "the configuration's port, when something stands before the SSH server")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read options: %w", err)
	}
	ssh, sshAddr, password, err := shell()
	if err != nil {
		return err
	}
	defer func() { _ = ssh.Close() }()
	reach := reachTenant{
		Password: rand.Text(), TFACode: tfaCode, AgentPassword: rand.Text(),
		SSHUser: operator, SSHPassword: password, SSHPort: sshAddr.Port,
	}
	if *through == 0 {
		*through = sshAddr.Port
	}
	stand, err := standin.New(standin.Options{
		Users: users(reach.Password), Devices: devices(*through, reach.AgentPassword), NotSubscribed: *notSubscribed,
	})
	if err != nil {
		return err
	}
	defer func() { _ = stand.Close() }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	f := &faults{next: stand}
	server := &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends by Close below
	}()
	defer func() {
		_ = server.Close() // nothing is left to answer
		<-served
	}()
	reach.URL = "http://" + listener.Addr().String()
	if err := json.NewEncoder(out).Encode(reach); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	untilEnd(ctx, in, func(line string) {
		f.set(line)
		_, _ = fmt.Fprintln(out, "fault:", line) // the test waits for it
	})
	return nil
}

func users(password string) []standin.User {
	roles := []string{
		wire.RoleRemoteAccess, "ROLE_INVENTORY_READ", "ROLE_IDENTITY_READ", "ROLE_DEVICE_CONTROL_READ", "ROLE_DEVICE_CONTROL_ADMIN",
	}
	return []standin.User{
		{Name: "operator", Password: password, Roles: roles},
		{Name: "reader", Password: password, Roles: roles[1:]},
		{Name: "tfa", Password: password, Roles: roles, TFA: tfaCode},
		{Name: "expired", Password: password, Roles: roles, PasswordExpired: true},
	}
}

func devices(sshPort int, agentPassword string) []standin.Device {
	to := func(name, protocol string, port int) platform.Configuration {
		return platform.Configuration{Name: name, Hostname: "127.0.0.1", Port: port, Protocol: protocol}
	}
	return []standin.Device{
		{
			ID: pump, Name: "pump", Type: "pump", User: pumpUser, Password: agentPassword,
			Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, sshPort)},
		},
		{
			ID: "3002", Name: "kiosk", Type: "kiosk", LastSeen: time.Now(),
			Configurations: []platform.Configuration{to("screen", "VNC", 5900)},
		},
		{ID: "3003", Name: "meter", Type: "meter", LastSeen: time.Now()},
	}
}

// shell serves a real shell to the one who knows the password.
func shell() (*sshtest.Server, *net.TCPAddr, string, error) {
	password := rand.Text()
	run := sshtest.Program(sshtest.ProgramOptions{Shell: "/bin/sh", Dir: "/", Env: func(s *sshtest.Session) []string {
		return append(s.Environ(), "PATH="+os.Getenv("PATH"), "HOME=/", "PS1=$ ")
	}})
	server, addr, err := serve(sshtest.Options{Passwords: map[string]string{operator: password}, Shell: run, Exec: run})
	return server, addr, password, err
}

// agent runs the agent of the pump until the end.
func agent(ctx context.Context, url string, in io.Reader, out io.Writer) error {
	a, err := demodevice.New(demodevice.Config{
		PlatformURL: url, DeviceID: pump, User: pumpUser, Password: os.Getenv("AGENT_PASSWORD"),
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	if _, err := fmt.Fprintln(out, `{"agent":"running"}`); err != nil {
		stop()
		return fmt.Errorf("print: %w", err)
	}
	untilEnd(ctx, in, func(string) {})
	stop()
	return <-ended
}

func eachLine(in io.Reader, take func(string)) {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		take(lines.Text())
	}
}
