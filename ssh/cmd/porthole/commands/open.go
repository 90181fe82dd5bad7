package commands

import (
	"context"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/proxy"
)

func (a *app) openCommand() *cobra.Command {
	var flags forwardFlags
	var scheme, path string
	cmd := &cobra.Command{
		Use:   "open DEVICE [HOST:]PORT",
		Short: "Forward a port of a device and open it in the browser",
		Long: `open forwards a port as "porthole forward" does, opens it in the browser, and goes on until it is
interrupted. The variable BROWSER names another program to open addresses with.`,
		Example: "  porthole open my_device 1880 -l admin",
		Args:    arguments(2, 2, "the device and a port"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if scheme != "http" && scheme != "https" {
				return fault.New(fault.Usage, "--scheme is http or https, not %q.", scheme)
			}
			text := args[1]
			if _, err := strconv.Atoi(text); err == nil {
				text = "127.0.0.1:" + text
			}
			if f, err := parseForward(text); err == nil && scheme == "http" && f.port == 443 && !cmd.Flags().Changed("scheme") {
				scheme = "https"
			}
			return a.forward(cmd.Context(), cmd, flags, args[0], []string{text}, func(all []proxy.Address) {
				got := all[0]
				address := scheme + "://" + net.JoinHostPort(got.Host, strconv.Itoa(got.Port)) + "/" + strings.TrimPrefix(path, "/")
				a.openBrowser(cmd.Context(), address)
			})
		},
	}
	flags.add(a, cmd)
	cmd.Flags().StringVar(&scheme, "scheme", "http", "http or https (https for port 443)")
	cmd.Flags().StringVar(&path, "path", "/", "`path` of the page")
	return cmd
}

// openBrowser starts what opens an address; when that fails the person has the address.
func (a *app) openBrowser(ctx context.Context, address string) {
	a.say("opening %s", address)
	var words []string
	switch browser := a.getenv("BROWSER"); {
	case browser != "":
		words = []string{browser, address}
	case runtime.GOOS == "darwin":
		words = []string{"open", address}
	case runtime.GOOS == "windows":
		words = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	default:
		words = []string{"xdg-open", address}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), words[0], words[1:]...) //nolint:gosec // the person's own choice of program; it outlives us
	if err := cmd.Start(); err != nil {
		a.say("the browser cannot be started (%v): open the address yourself", err)
		return
	}
	go func() { _ = cmd.Wait() }() // ends with the program at the latest
}
