package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"porthole/server/api"
)

// demoParts is what runs beside the gateway with --demo. How it starts is behind the
// build tag "demo".
type demoParts struct {
	tenant string // URL that the stand-in platform will have
	codes  *api.Demo
	// start takes the state folder, and brings the stand-in platform and the demo device
	// online. Nothing is written before it.
	start func(context.Context) error
	// sshUser and sshPassword are known after start. They are for the person in front of
	// the terminal; the page is never told.
	sshUser, sshPassword string
	// service is a folder on the device to try files with, "" for none.
	service string
	closers []func()
}

// close ends what was started, the latest first.
func (d *demoParts) close() {
	for _, end := range slices.Backward(d.closers) {
		end()
	}
	d.closers = nil
}

// announce prints the link and, below it, how to get into the demo device.
func (d *demoParts) announce(w io.Writer, origin string) error {
	say(w, "\nPorthole is ready. Open this link; it works once, within ten minutes:\n")
	if err := d.link(w, origin); err != nil {
		return err
	}
	say(w, "The device “Demo device”:\n\n  SSH user:     %s\n  SSH password: %s\n", d.sshUser, d.sshPassword)
	if d.service != "" {
		say(w, "  its service:  %s\n", d.service)
	}
	say(w, "\n%sPress Enter for a new link, Ctrl-C to stop.\n\n", rootWarning(os.Geteuid()))
	return nil
}

// rootWarning says what somebody who runs the demo as root gives away, and to whom.
func rootWarning(euid int) string {
	if euid != 0 {
		return ""
	}
	return "It runs as root, so its shell is a root shell for whoever has that password on this machine.\n\n"
}

// link prints a new one-time link; the one before it is worth nothing any more.
func (d *demoParts) link(w io.Writer, origin string) error {
	code, err := d.codes.NewCode()
	if err != nil {
		return fmt.Errorf("make a demo code: %w", err)
	}
	say(w, "\n  %s/#demo=%s\n\n", origin, code)
	return nil
}

// checkDemo finds what is wrong with the options of --demo: it gives a shell of whoever
// starts it, so only this machine may reach it.
func (o *options) checkDemo(bad *problems) {
	if o.config.Tenant != "" {
		bad.add("demo", "has a stand-in platform of its own: leave --tenant out, or --demo")
	}
	host, _, err := net.SplitHostPort(o.config.Listen)
	address := net.ParseIP(host)
	if err == nil && host != "localhost" && (address == nil || !address.IsLoopback()) {
		bad.add("listen", "--demo gives a shell of this machine, so it only listens on loopback, not on %q", o.config.Listen)
	}
	if o.config.PublicURL != "" {
		bad.add("public-url", "--demo is for this machine only; leave it out")
	}
	if o.demoDevices < 0 || o.demoDevices > maxDemoDevices {
		bad.add("demo-devices", "%d must be between 0 and %d", o.demoDevices, maxDemoDevices)
	}
	for _, text := range o.demoConfigurations {
		if _, _, _, err := parseConfiguration(text); err != nil {
			bad.add("demo-configuration", "%w", err)
		}
	}
	if errDemo != nil {
		bad.add("demo", "%w", errDemo)
	}
}

// maxDemoDevices keeps the stand-in's state file of a sensible size.
const maxDemoDevices = 10_000

// parseConfiguration reads NAME=HOST:PORT.
func parseConfiguration(text string) (name, host string, port int, err error) {
	name, target, found := strings.Cut(text, "=")
	host, portText, splitErr := net.SplitHostPort(target)
	port, portErr := strconv.Atoi(portText)
	if !found || name == "" || splitErr != nil || host == "" || portErr != nil || port < 1 || port > 65535 {
		return "", "", 0, fmt.Errorf("%q is not NAME=HOST:PORT", text)
	}
	return name, host, port, nil
}
