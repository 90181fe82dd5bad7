package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/proxy"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
)

// proxyFlags are the flags of `porthole proxy`.
type proxyFlags struct {
	target    targetFlags
	listen    string
	readyFile string
	output    string
	options   proxy.Options
	waitLimit time.Duration
	ping      time.Duration
}

func (a *app) proxyCommand() *cobra.Command {
	var f proxyFlags
	cmd := &cobra.Command{
		Use:   "proxy DEVICE",
		Short: "Carry local connections to a device",
		Long: `proxy listens on a local address and carries every connection to the device's remote
access configuration, each through a tunnel of its own. With --listen - it carries standard
input and output instead, which is what OpenSSH's ProxyCommand wants.

When a local program has sent its last byte, the device's answer is still read until the
device ends it, or until nothing came for --linger. A program on the device that waits for
the end of its input never gets one: the platform cannot carry it.`,
		Example: `  porthole proxy my_device
  porthole proxy my_device --listen 127.0.0.1:2222
  porthole proxy my_device --listen unix:///tmp/my_device.sock --configuration http
  ssh -o 'ProxyCommand=porthole proxy %n --listen -' admin@my_device`,
		Args: arguments(1, 1, "the device"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.proxy(cmd.Context(), cmd, f, args[0]) },
	}
	f.target.add(a, cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.listen, "listen", "L", "127.0.0.1:0", "local `address`: HOST:PORT (port 0: any free one), unix:///path, or - for standard input and output")
	flags.StringVar(&f.readyFile, "ready-file", "", "write the address to this `file` once connections are accepted")
	flags.StringVarP(&f.output, "output", "o", "table", "with json, write the address to standard output as JSON")
	flags.DurationVar(&f.waitLimit, "wait-limit", waitLimit, "how long to wait for the device's answer (0: for ever)")
	flags.DurationVar(&f.ping, "ping-interval", 0, "send a websocket ping this often (0: never)")
	flags.DurationVar(&f.options.Linger, "linger", proxy.DefaultLinger, "how long the device may say nothing after the local program has sent its last byte")
	flags.DurationVar(&f.options.IdleTimeout, "idle-timeout", 0, "end a connection on which nothing moved for this long (0: never)")
	flags.DurationVar(&f.options.Retry, "retry", proxy.DefaultRetry, "how long a connection is tried again while no byte of it was lost")
	flags.IntVar(&f.options.MaxConnections, "max-connections", 0, "how many local connections there may be at once (0: any number)")
	flags.IntVar(&f.options.BufferSize, "buffer-size", proxy.DefaultBufferSize, "most `bytes` read at once")
	return cmd
}

func (f proxyFlags) check() (proxy.Address, error) {
	o := f.options
	switch {
	case f.output != "table" && f.output != "json":
		return proxy.Address{}, fault.New(fault.Usage, "--output of proxy is table or json, not %q.", f.output)
	case o.BufferSize < proxy.MinBufferSize || o.BufferSize > proxy.MaxBufferSize:
		return proxy.Address{}, fault.New(fault.Usage, "--buffer-size must be between %d and %d bytes.", proxy.MinBufferSize, proxy.MaxBufferSize)
	case o.MaxConnections < 0 || o.Linger < 0 || o.IdleTimeout < 0 || o.Retry < 0 || f.waitLimit < 0 || f.ping < 0:
		return proxy.Address{}, fault.New(fault.Usage, "--max-connections, --linger, --idle-timeout, --ping-interval, --wait-limit and --retry cannot be negative.")
	case f.listen == proxy.Stdin:
		return proxy.Address{}, nil
	}
	return proxy.ParseAddress(f.listen)
}

// proxySettings takes what no flag said from variables and files.
func (a *app) proxySettings(cmd *cobra.Command, f *proxyFlags) error {
	set, err := a.load(cmd, nil)
	if err != nil {
		return err
	}
	if v := set.Get(settings.PingInterval); v.Text != "" && !cmd.Flags().Changed("ping-interval") {
		if f.ping, err = seconds(v.Text); err != nil {
			return fault.Wrap(err, fault.Usage, "The ping-interval %q (%s) is no time, such as 30s.", v.Text, v.Source)
		}
	}
	if v := set.Get(settings.BufferSize); v.Text != "" && !cmd.Flags().Changed("buffer-size") {
		if f.options.BufferSize, err = strconv.Atoi(v.Text); err != nil {
			return fault.Wrap(err, fault.Usage, "The buffer-size %q (%s) is no number of bytes.", v.Text, v.Source)
		}
	}
	_, err = f.check()
	return err
}

// seconds reads a duration; a bare number is in seconds, as c8ylp has it.
func seconds(text string) (time.Duration, error) {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	return time.ParseDuration(text)
}

func (a *app) proxy(ctx context.Context, cmd *cobra.Command, f proxyFlags, device string) error {
	address, err := f.check()
	if err != nil {
		return err
	}
	if err := a.proxySettings(cmd, &f); err != nil {
		return err
	}
	to, err := a.find(ctx, cmd, f.target, device, f.ping)
	if err != nil {
		return err
	}
	defer to.client.Close()
	f.options.Dial = func(ctx context.Context) (proxy.Tunnel, error) { return to.dial(ctx, f.waitLimit) }
	f.options.Transient = tenant.Transient
	if f.listen == proxy.Stdin {
		return a.proxyStdio(ctx, f)
	}
	return a.proxyListen(ctx, f, to, address)
}

// waitLimit is how long a device may take to answer: it has to learn of the connect
// operation and dial out first, over a mobile network perhaps.
const waitLimit = time.Minute

// dial opens a tunnel to the target.
func (t *target) dial(ctx context.Context, limit time.Duration) (proxy.Tunnel, error) {
	watch := t.client.Watch(t.device, t.configuration, limit)
	conn, err := t.client.Dial(ctx, t.device.ID, t.configuration.ID)
	return proxy.Tunnel{Conn: conn, Await: watch.Await}, err
}

// dialWatched opens a tunnel that ends with the device's reason when it refuses, or when
// it does not answer within the limit.
func (t *target) dialWatched(ctx context.Context, limit time.Duration) (net.Conn, error) {
	tunnel, err := t.dial(ctx, limit)
	if err != nil {
		return nil, err
	}
	return proxy.Watched(tunnel), nil
}

// proxyStdio carries standard input and output. OpenSSH ends its ProxyCommand by
// SIGHUP, which is no failure.
func (a *app) proxyStdio(ctx context.Context, f proxyFlags) error {
	ignoreBrokenPipe()
	result := proxy.NewCarrier(f.options).Carry(ctx, proxy.Stdio{In: os.Stdin, Out: os.Stdout})
	return unlessSignalled(result.Err)
}

func unlessSignalled(err error) error {
	if _, ok := errors.AsType[*signalError](err); ok {
		return nil
	}
	return err
}

// proxyListen accepts connections until a signal comes.
func (a *app) proxyListen(ctx context.Context, f proxyFlags, to *target, want proxy.Address) error {
	listener, got, err := proxy.Listen(ctx, want)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // closed already when all went well
	a.say("listening on %s for %s (%s), configuration %s (%s)", got, to.device.Name, to.device.ID, to.configuration.Name, to.configuration.Address())
	if got.Public() {
		a.say("every machine that reaches this one can use it: listen on 127.0.0.1 unless you mean that")
	}
	if err := a.tellReady(f, to, got); err != nil {
		return err
	}
	if f.readyFile != "" {
		defer func() { _ = os.Remove(f.readyFile) }() // may be gone already
	}
	server := proxy.NewServer(f.options, func(text string) {
		a.say("%s %s", time.Now().Format(time.TimeOnly), text)
	})
	return server.Serve(ctx, listener)
}

// tellReady gives the address to scripts.
func (a *app) tellReady(f proxyFlags, to *target, got proxy.Address) error {
	if f.output == "json" {
		line, err := json.Marshal(struct {
			Listen string `json:"address"`
			proxy.Address
			Device        string `json:"device"`
			DeviceID      string `json:"deviceId"`
			Configuration string `json:"configuration"`
		}{got.String(), got, to.device.Name, string(to.device.ID), to.configuration.Name})
		if err != nil {
			return fmt.Errorf("encode address: %w", err)
		}
		if _, err := fmt.Fprintf(a.out, "%s\n", line); err != nil {
			return fault.Wrap(err, fault.Local, "The address cannot be written to standard output: %v.", err)
		}
	}
	if f.readyFile == "" {
		return nil
	}
	return writeFile(f.readyFile, got.String()+"\n")
}
