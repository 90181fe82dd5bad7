package commands

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"porthole/ssh"
	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/proxy"
	"porthole/ssh/cmd/porthole/tenant"
	"porthole/ssh/wire"
)

// forward is one [LOCAL:]HOST:PORT.
type forward struct {
	local proxy.Address
	host  string // as seen from the device
	port  int
}

func (f forward) address() string { return net.JoinHostPort(f.host, strconv.Itoa(f.port)) }

// parseForward reads [[ADDRESS:]LOCALPORT:]HOST:PORT; IPv6 addresses stand in brackets.
func parseForward(text string) (forward, error) {
	bad := func(why string) (forward, error) {
		return forward{}, fault.New(fault.Usage, "The forward %q %s. Write it as HOST:PORT, LOCALPORT:HOST:PORT or ADDRESS:LOCALPORT:HOST:PORT.", text, why)
	}
	parts, ok := splitColons(text)
	if !ok || len(parts) < 2 || len(parts) > 4 {
		return bad("cannot be understood")
	}
	f := forward{local: proxy.Address{Network: "tcp", Host: "127.0.0.1"}, host: parts[len(parts)-2]}
	var err error
	if f.port, err = strconv.Atoi(parts[len(parts)-1]); err != nil || f.port < 1 || f.port > 65535 {
		return bad("has a port of the device that is none")
	}
	if f.host == "" {
		return bad("names no host")
	}
	if len(parts) > 2 {
		if f.local.Port, err = strconv.Atoi(parts[len(parts)-3]); err != nil || f.local.Port < 0 || f.local.Port > 65535 {
			return bad("has a local port that is none")
		}
	}
	if len(parts) == 4 {
		f.local.Host = parts[0]
	}
	return f, nil
}

// splitColons splits at colons that stand outside brackets, and takes brackets off.
func splitColons(text string) (parts []string, ok bool) {
	for {
		var part string
		if strings.HasPrefix(text, "[") {
			end := strings.IndexByte(text, ']')
			if end < 0 {
				return nil, false
			}
			part, text = text[1:end], text[end+1:]
			if text != "" && text[0] != ':' {
				return nil, false
			}
		} else if colon := strings.IndexByte(text, ':'); colon >= 0 {
			part, text = text[:colon], text[colon:]
		} else {
			part, text = text, ""
		}
		parts = append(parts, part)
		if text == "" {
			return parts, true
		}
		text = text[1:]
	}
}

func (a *app) forwardCommand() *cobra.Command {
	var flags forwardFlags
	cmd := &cobra.Command{
		Use:   "forward DEVICE [LOCAL:]HOST:PORT…",
		Short: "Forward local ports to ports of a device or of its network",
		Long: `forward listens on local ports, any free one unless LOCAL says which, and carries their
connections to HOST:PORT as seen from the device. With an SSH user (-l) all go through one SSH
connection, so that any port can be reached; without one each needs a PASSTHROUGH configuration
with that host and port.`,
		Example: `  porthole forward my_device -l admin 8080:127.0.0.1:80 5432:db.plant.example:5432
  porthole forward my_device 127.0.0.1:1880`,
		Args: arguments(2, -1, "the device and a forward"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.forward(cmd.Context(), cmd, flags, args[0], args[1:], nil)
		},
	}
	flags.add(a, cmd)
	return cmd
}

// forwardFlags are the flags of forward and open.
type forwardFlags struct {
	login     loginFlags
	linger    time.Duration
	readyFile string
}

func (f *forwardFlags) add(a *app, cmd *cobra.Command) {
	f.login.add(a, cmd)
	cmd.Flags().DurationVar(&f.linger, "linger", proxy.DefaultLinger, "without SSH: how long the device may say nothing after the local program has sent its last byte")
	cmd.Flags().StringVar(&f.readyFile, "ready-file", "", "write the addresses to this `file`, one a line, once connections are accepted")
}

// forward carries until a signal comes; opened, which may be nil, is told the addresses.
func (a *app) forward(ctx context.Context, cmd *cobra.Command, flags forwardFlags, name string, texts []string, opened func([]proxy.Address)) error {
	forwards := make([]forward, 0, len(texts))
	for _, text := range texts {
		f, err := parseForward(text)
		if err != nil {
			return err
		}
		forwards = append(forwards, f)
	}
	dial, end, err := a.forwardDialer(ctx, cmd, flags.login, name, forwards)
	if err != nil {
		return err
	}
	defer end()
	group, ctx := errgroup.WithContext(ctx)
	defer func() { _ = group.Wait() }() // when one of them cannot listen
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var addresses []proxy.Address
	for _, f := range forwards {
		listener, got, err := proxy.Listen(ctx, f.local)
		if err != nil {
			return err
		}
		a.say("%s leads to %s of %s", got, f.address(), name)
		if got.Public() {
			a.say("every machine that reaches this one can use it: leave ADDRESS out unless you mean that")
		}
		server := proxy.NewServer(proxy.Options{
			Dial:   func(ctx context.Context) (proxy.Tunnel, error) { return dial(ctx, f) },
			Linger: flags.linger, Retry: proxy.DefaultRetry, Transient: tenant.Transient,
		}, func(text string) { a.say("%s", text) })
		group.Go(func() error { return server.Serve(ctx, listener) })
		addresses = append(addresses, got)
	}
	if flags.readyFile != "" {
		var text strings.Builder
		for _, address := range addresses {
			text.WriteString(address.String() + "\n")
		}
		if err := writeFile(flags.readyFile, text.String()); err != nil {
			return err
		}
		defer func() { _ = os.Remove(flags.readyFile) }() // may be gone already
	}
	if opened != nil {
		opened(addresses)
	}
	return group.Wait()
}

type forwardDialer func(ctx context.Context, f forward) (proxy.Tunnel, error)

// forwardDialer goes through SSH when there is a user, else by configurations.
func (a *app) forwardDialer(ctx context.Context, cmd *cobra.Command, login loginFlags, name string, forwards []forward) (dial forwardDialer, end func(), err error) {
	if login.user != "" {
		to, err := a.find(ctx, cmd, login.target, name, 0)
		if err != nil {
			return nil, nil, err
		}
		through := &sshDialer{connect: func(ctx context.Context) (*ssh.Client, error) { return a.connect(ctx, to, login) }}
		if _, err := through.open(ctx); err != nil { // a wrong password is told at once
			to.client.Close()
			return nil, nil, err
		}
		return through.dial, func() { through.close(); to.client.Close() }, nil
	}
	client, device, err := a.device(ctx, cmd, login.target, name)
	if err != nil {
		return nil, nil, err
	}
	found, err := client.Configurations(ctx, device.ID)
	if err != nil {
		return nil, nil, err
	}
	targets := map[forward]*target{}
	for _, f := range forwards {
		to := &target{client: client, device: device}
		for _, c := range found {
			if c.Passthrough() && c.Port == f.port && wire.CanonicalHost(c.Hostname) == wire.CanonicalHost(f.host) {
				to.configuration = c
			}
		}
		if to.configuration.ID == "" {
			return nil, nil, fault.New(fault.NoConfiguration, "%s has no PASSTHROUGH configuration for %s. Create one by `porthole configurations create-passthrough %s --hostname %s --port %d`, or go through SSH with -l USER.",
				device.Name, f.address(), device.ID, f.host, f.port)
		}
		targets[f] = to
	}
	return func(ctx context.Context, f forward) (proxy.Tunnel, error) {
		return targets[f].dial(ctx, waitLimit)
	}, client.Close, nil
}
