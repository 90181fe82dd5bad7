//go:build demo

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"porthole/server/api"
	"porthole/server/demodevice"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

// errDemo is nothing: the demo is built in.
var errDemo error

// Who and what there is in the demo.
const (
	demoUser                     = "demo"
	demoDevice     wire.DeviceID = "1001"
	demoDeviceUser               = "device_demo-1001"
)

// prepareDemo takes the stand-in platform's address on loopback and draws the passwords.
// The rest is start's, so that a port in use is told before anything is written.
func prepareDemo(ctx context.Context, o *options, log *slog.Logger) (*demoParts, error) {
	if os.Geteuid() == 0 && !o.demoAllowRoot {
		return nil, demodevice.ErrRoot
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the stand-in platform: %w", err)
	}
	password, agentPassword := o.demoPassword, rand.Text()
	if password == "" {
		password = rand.Text()
	}
	d := &demoParts{tenant: "http://" + listener.Addr().String(), codes: &api.Demo{User: demoUser, Password: password}}
	d.closers = append(d.closers, func() { _ = listener.Close() }) // may be closed already
	d.start = func(ctx context.Context) error {
		release, err := takeStateFolder(o.stateDir)
		if err != nil {
			return fmt.Errorf("--state-dir: %w", err)
		}
		d.closers = append(d.closers, release)
		if err := d.startTenant(o, listener, agentPassword, log); err != nil {
			return fmt.Errorf("--demo: %w", err)
		}
		// The device outlives the signal: it ends after the gateway told its connections why.
		device, err := startDevice(context.WithoutCancel(ctx), o, d.tenant, agentPassword, log)
		if err != nil {
			return fmt.Errorf("--demo: %w", err)
		}
		d.sshUser, d.sshPassword, d.service = device.User, device.Password, device.Service
		d.closers = append(d.closers, func() { _ = device.Close() }) // never fails
		if err := configure(ctx, d.tenant, password, o.wanted(device)); err != nil {
			return fmt.Errorf("--demo: %w", err)
		}
		return nil
	}
	return d, nil
}

// startTenant starts the stand-in platform.
func (d *demoParts) startTenant(o *options, listener net.Listener, agentPassword string, log *slog.Logger) error {
	tenant, err := standin.New(standin.Options{
		StateFile: filepath.Join(o.stateDir, "standin.json"), Domain: "porthole.localhost",
		Users: []standin.User{{Name: demoUser, Password: d.codes.Password, Roles: []string{
			wire.RoleRemoteAccess, "ROLE_INVENTORY_READ", "ROLE_IDENTITY_READ", "ROLE_DEVICE_CONTROL_READ", "ROLE_DEVICE_CONTROL_ADMIN",
		}}},
		Devices: demoDevices(o.demoDevices, agentPassword, time.Now()), Log: log,
	})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: tenant, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends by Close below
	}()
	d.closers = append(d.closers, func() {
		_ = tenant.Close() // says why in the log
		_ = server.Close() // nothing is left to answer
		<-served
	})
	return nil
}

// startDevice brings the demo device online, at the SSH port of the last time when that
// is free: a known host key belongs to its port.
func startDevice(ctx context.Context, o *options, tenant, password string, log *slog.Logger) (*demodevice.Demo, error) {
	options := demodevice.DemoOptions{
		StateDir: o.stateDir, AllowRoot: o.demoAllowRoot, PlatformURL: tenant,
		Service: true, DeviceID: demoDevice, DeviceUser: demoDeviceUser, DevicePassword: password, Log: log,
	}
	addressFile := filepath.Join(o.stateDir, "demo_device_address")
	if last, err := os.ReadFile(addressFile); err == nil {
		options.SSHListen = strings.TrimSpace(string(last))
		if device, err := demodevice.StartDemo(ctx, options); err == nil {
			return device, nil
		}
		options.SSHListen = ""
	}
	device, err := demodevice.StartDemo(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(addressFile, []byte(device.SSHAddr.String()+"\n"), 0o600); err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return device, nil
}

// wanted are the configurations of the demo device.
func (o *options) wanted(device *demodevice.Demo) []platform.Configuration {
	list := []platform.Configuration{
		{Name: "ssh", Hostname: "127.0.0.1", Port: device.SSHAddr.Port},
		{Name: "http: status page", Hostname: "127.0.0.1", Port: device.PageAddr.Port},
	}
	for _, text := range o.demoConfigurations {
		if name, host, port, err := parseConfiguration(text); err == nil { // checked before
			list = append(list, platform.Configuration{Name: name, Hostname: host, Port: port})
		}
	}
	return list
}

// demoDevices are one that comes online, one that does not, and as many more as asked for.
func demoDevices(more int, agentPassword string, now time.Time) []standin.Device {
	ssh := []platform.Configuration{{Name: "ssh", Hostname: "127.0.0.1", Port: 22, Protocol: wire.ProtocolPassthrough}}
	list := []standin.Device{
		{ID: demoDevice, Name: "Demo device", Type: "porthole_demo", Serial: "demo-1001", User: demoDeviceUser, Password: agentPassword},
		{ID: "1002", Name: "demo-offline", Type: "porthole_demo", Serial: "demo-1002", LastSeen: now.Add(-7 * time.Minute), Configurations: ssh},
	}
	kinds := []string{"pump", "gateway", "meter", "kiosk", "press"}
	for i := range more {
		device := standin.Device{
			ID: wire.DeviceID(fmt.Sprint(2000 + i)), Serial: fmt.Sprintf("SN-%06d", i),
			Name: fmt.Sprintf("%s-%04d", kinds[i%len(kinds)], i), Type: kinds[i%len(kinds)], Configurations: ssh,
		}
		if i%10 != 9 { // every tenth was never seen
			device.LastSeen = now.Add(-time.Duration(i+1) * 13 * time.Minute)
		}
		list = append(list, device)
	}
	return list
}
