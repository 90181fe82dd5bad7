package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/proxy"
	"porthole/ssh/cmd/porthole/tenant"
)

func (a *app) runCommand() *cobra.Command {
	var flags targetFlags
	var listen string
	cmd := &cobra.Command{
		Use:   "run DEVICE -- COMMAND [ARGUMENT…]",
		Short: "Run a program of this machine with a local address that leads to the device",
		Long: `run listens on a local address that leads to the device, runs the command, and ends when it
ends, with its exit status. In the command's words %h stands for the host, %p for the port and
%% for a percent sign. Its environment is yours, and TARGET (host, or path of the unix socket),
PORT, DEVICE (name) and DEVICE_ID beside it.`,
		Example: `  porthole run my_device -c http -- curl http://%h:%p/status
  porthole run my_device -c postgres -- sh -c 'psql -h "$TARGET" -p "$PORT"'`,
		Args: arguments(2, -1, "the device and, after --, a command"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runProgram(cmd.Context(), cmd, flags, listen, args)
		},
	}
	flags.add(a, cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "local `address`: HOST:PORT or unix:///path")
	return cmd
}

func (a *app) runProgram(ctx context.Context, cmd *cobra.Command, flags targetFlags, listen string, args []string) error {
	if listen == proxy.Stdin {
		return fault.New(fault.Usage, "run cannot use standard input and output: those are the program's.")
	}
	address, err := proxy.ParseAddress(listen)
	if err != nil {
		return err
	}
	to, err := a.find(ctx, cmd, flags, args[0], 0)
	if err != nil {
		return err
	}
	defer to.client.Close()
	listener, got, err := proxy.Listen(ctx, address)
	if err != nil {
		return err
	}
	// Not ctx: after Ctrl-C the program still decides when it ends.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() { served <- to.serve(a).Serve(serving, listener) }()
	words := make([]string, 0, len(args)-1)
	for _, word := range args[1:] {
		words = append(words, expand(word, got))
	}
	err = a.child(a.targetEnviron(got, to.device), words[0], words[1:]...)
	stop()
	return errors.Join(err, <-served)
}

// serve makes a server to the target with the usual behaviour.
func (t *target) serve(a *app) *proxy.Server {
	return proxy.NewServer(proxy.Options{
		Dial:      func(ctx context.Context) (proxy.Tunnel, error) { return t.dial(ctx, waitLimit) },
		Transient: tenant.Transient, Retry: proxy.DefaultRetry, Linger: proxy.DefaultLinger,
	}, func(text string) { a.say("%s", text) })
}

// expand puts host and port into a word.
func expand(word string, address proxy.Address) string {
	host := address.Host
	if address.Network == "unix" {
		host = address.Path
	}
	return strings.NewReplacer("%%", "%", "%h", host, "%p", portText(address)).Replace(word)
}

func portText(address proxy.Address) string {
	if address.Network == "unix" {
		return ""
	}
	return strconv.Itoa(address.Port)
}

// targetEnviron is our environment and what the program needs to find the device.
func (a *app) targetEnviron(address proxy.Address, device tenant.Device) []string {
	return append(a.environ(),
		"TARGET="+expand("%h", address), "PORT="+portText(address),
		"DEVICE="+device.Name, "DEVICE_ID="+string(device.ID))
}
