package commands

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/output"
	"porthole/ssh/cmd/porthole/proxy"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/wire"
)

// link is one link of the chain from here to the device's service.
type link struct {
	Name   string `json:"link"`
	State  string `json:"state"` // ok, warning, broken
	Detail string `json:"detail"`
}

// chain walks link by link and ends at the first that is broken.
type chain struct {
	a     *app
	table bool // tell each link as it is known
	links []link

	set           *settings.Settings
	client        *tenant.Client
	device        tenant.Device
	configuration tenant.Configuration
}

func (a *app) doctorCommand() *cobra.Command {
	var flags targetFlags
	var format string
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "doctor DEVICE",
		Short: "Walk the chain to a device and say which link is broken",
		Long: `doctor tries each link of the chain in turn: settings, tenant or gateway, sign-in, role, device,
agent, configuration, websocket, connect operation, and what answers on the device. It ends at
the first that is broken and says how to mend it; its exit status is that link's.`,
		Example: "  porthole doctor my_device",
		Args:    arguments(1, 1, "the device"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := output.Parse(format)
			if err != nil {
				return err
			}
			c := &chain{a: a, table: f == output.Table}
			broken := c.walk(cmd.Context(), cmd, flags, args[0], limit)
			if f != output.Table {
				rows := output.Rows{Header: []string{"LINK", "STATE", "DETAIL"}, Value: c.links}
				for _, l := range c.links {
					rows.Rows = append(rows.Rows, []string{l.Name, l.State, l.Detail})
				}
				if err := output.Write(a.out, f, rows); err != nil {
					return err
				}
			}
			if broken != nil {
				return &fault.Error{Exit: fault.Of(broken), Text: fault.Text(broken), Err: broken, Silent: true}
			}
			return nil
		},
	}
	flags.add(a, cmd)
	a.outputFlag(cmd, &format)
	cmd.Flags().DurationVar(&limit, "wait-limit", 20*time.Second, "how long to wait for the device's answer")
	return cmd
}

// note tells one link.
func (c *chain) note(name, state, detail string) {
	c.links = append(c.links, link{name, state, detail})
	if c.table {
		_, _ = fmt.Fprintf(c.a.out, "%-8s %-18s %s\n", state, name, detail) // nobody is left to tell
	}
}

// walk tries all links; its error is that of the broken one.
func (c *chain) walk(ctx context.Context, cmd *cobra.Command, flags targetFlags, name string, limit time.Duration) error {
	steps := []struct {
		name string
		try  func() (detail string, warning bool, err error)
	}{
		{"settings", func() (string, bool, error) { return c.settings(cmd, flags) }},
		{"address", func() (string, bool, error) { return c.address(ctx) }},
		{"sign-in", func() (string, bool, error) { return c.signIn(ctx) }},
		{"remote access", func() (string, bool, error) { return c.subscription(ctx) }},
		{"device", func() (string, bool, error) { return c.find(ctx, flags, name) }},
		{"agent", func() (string, bool, error) { return c.agent() }},
		{"configuration", func() (string, bool, error) { return c.choose(ctx, flags) }},
	}
	for _, step := range steps {
		detail, warning, err := step.try()
		if err != nil {
			c.note(step.name, "broken", fault.Text(err))
			return err
		}
		state := "ok"
		if warning {
			state = "warning"
		}
		c.note(step.name, state, detail)
	}
	defer c.client.Close()
	return c.connect(ctx, limit)
}

func (c *chain) settings(cmd *cobra.Command, flags targetFlags) (string, bool, error) {
	set, err := c.a.load(cmd, map[settings.Key]string{
		settings.ExternalType: flags.externalType, settings.Configuration: flags.configuration,
	})
	if err != nil {
		return "", false, err
	}
	c.set = set
	if c.client, err = c.a.client(set, 0); err != nil {
		return "", false, err
	}
	host := set.Get(settings.Host)
	return fmt.Sprintf("%s (%s)", c.client.BaseURL(), host.Source), false, nil
}

func (c *chain) address(ctx context.Context) (string, bool, error) {
	reached, err := c.client.Reach(ctx)
	if err != nil {
		return "", false, err
	}
	what := "a tenant answers"
	if reached.Gateway {
		what = "a Porthole gateway answers, version " + reached.Version
	}
	if skew := reached.Skew.Abs(); skew > time.Minute {
		return fmt.Sprintf("%s; its clock and this machine's differ by %s, and tokens may look expired: set the clock", what, skew.Round(time.Second)), true, nil
	}
	return what, false, nil
}

func (c *chain) signIn(ctx context.Context) (string, bool, error) {
	who, err := c.client.Identify(ctx)
	if err != nil {
		return "", false, err
	}
	if !who.RemoteAccess() {
		return "", false, fault.New(fault.Permission, "%s of %s has not the role %s. Ask an administrator of the tenant for it.", who.User, who.Tenant, wire.RoleRemoteAccess)
	}
	return fmt.Sprintf("%s of %s, with the role for remote access", who.User, who.Tenant), false, nil
}

func (c *chain) subscription(ctx context.Context) (string, bool, error) {
	subscribed, err := c.client.Subscribed(ctx)
	if err != nil {
		return "", false, err
	}
	if !subscribed {
		return "", false, fault.New(fault.Permission, "The tenant has no Cloud Remote Access. Ask an administrator of the tenant to subscribe it.")
	}
	return "the tenant has Cloud Remote Access", false, nil
}

func (c *chain) find(ctx context.Context, flags targetFlags, name string) (string, bool, error) {
	device, err := c.client.FindDevice(ctx, name, c.set.Text(settings.ExternalType, "c8y_Serial"), flags.externalType != "")
	c.device = device
	return fmt.Sprintf("%s (%s)", device.Name, device.ID), false, err
}

// agent is only looked at: an agent that says nothing may still answer.
func (c *chain) agent() (string, bool, error) {
	status := c.device.Status
	if status == "" {
		status = "of unknown state"
	}
	if c.device.LastSeen != "" {
		status += ", last seen " + c.device.LastSeen
	}
	switch knows, told := c.device.KnowsRemoteAccess(); {
	case told && !knows:
		return status + "; it does not name " + wire.FragmentConnect + " among its operations: install remote access in its agent", true, nil
	case strings.EqualFold(c.device.Status, "DISCONNECTED"), strings.EqualFold(c.device.Status, "UNAVAILABLE"):
		return status + "; look whether the device is switched on and has a network", true, nil
	}
	return status, false, nil
}

func (c *chain) choose(ctx context.Context, flags targetFlags) (string, bool, error) {
	configuration, err := c.client.FindConfiguration(ctx, c.device, tenant.Wanted{Name: c.set.Text(settings.Configuration, ""), Port: flags.port})
	c.configuration = configuration
	return fmt.Sprintf("%s (%s), leads to %s", configuration.Name, configuration.ID, configuration.Address()), false, err
}

// connect tries the links that only a connection shows.
func (c *chain) connect(ctx context.Context, limit time.Duration) error {
	to := &target{client: c.client, settings: c.set, device: c.device, configuration: c.configuration}
	tunnel, err := to.dial(ctx, limit)
	if err != nil {
		c.note("websocket", "broken", fault.Text(err))
		return err
	}
	c.note("websocket", "ok", "opened")
	first := make([]byte, 255) // an SSH banner has 255 bytes at most (RFC 4253 §4.2)
	answered := make(chan answer, 1)
	conn := proxy.Watched(proxy.Tunnel{Conn: tunnel.Conn, Await: func(ctx context.Context) error {
		err := tunnel.Await(ctx)
		if err == nil && ctx.Err() == nil {
			_ = tunnel.SetReadDeadline(time.Now().Add(bannerTime)) // the device is there: its service may wait for us
		}
		return err
	}})
	go func() {
		n, err := conn.Read(first)
		answered <- answer{first[:n], err}
	}()
	defer func() { _ = conn.Close() }()
	select {
	case got := <-answered:
		return c.judge(got)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// bannerTime is how long a service that is there may take to say something by itself.
const bannerTime = 3 * time.Second

// answer is what came first from the device.
type answer struct {
	text []byte
	err  error
}

func (c *chain) judge(got answer) error {
	line, _, _ := bytes.Cut(got.text, []byte("\n"))
	switch {
	case bytes.HasPrefix(got.text, []byte("SSH-")):
		c.note("device", "ok", "connected to "+c.configuration.Address())
		c.note("service", "ok", "SSH: "+visible(strings.TrimSpace(string(line))))
	case len(got.text) > 0:
		c.note("device", "ok", "connected to "+c.configuration.Address())
		c.note("service", "ok", fmt.Sprintf("answers, but not SSH: %.40q", line))
	case isTimeout(got.err):
		c.note("device", "ok", "connected to "+c.configuration.Address())
		c.note("service", "ok", "waits for its client to begin, as HTTP does; SSH would have said something")
	case got.err == io.EOF: //nolint:errorlint // the tunnel's own
		c.note("service", "warning", "the service ended the connection without a word")
	default:
		c.note("device", "broken", fault.Text(got.err))
		return got.err
	}
	return nil
}

func isTimeout(err error) bool {
	timeout, ok := err.(interface{ Timeout() bool })
	return ok && timeout.Timeout()
}
