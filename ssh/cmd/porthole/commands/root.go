package commands

import (
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/settings"
)

// globals are the flags that every command has.
type globals struct {
	host, tenant, username   string
	envFile, session, config string
	insecure, verbose        bool
	timeout                  time.Duration
}

// Root is the command line without a program around it, for the manual pages.
func Root(version string) *cobra.Command {
	return (&app{version: version, getenv: func(string) string { return "" }, environ: func() []string { return nil }}).root()
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "porthole",
		Short: "Reach devices from the command line",
		Long: `porthole carries any TCP connection to a device, through a Porthole gateway or straight
through a tenant of Cumulocity Cloud Remote Access.

The tenant or gateway is named by --host or C8Y_HOST; the sign-in is C8Y_TOKEN, or C8Y_USER
and C8Y_PASSWORD, or what "porthole login" kept.

Exit codes:
` + exitCodes(),
		Example: `  porthole login --host https://example.cumulocity.com
  porthole ssh my_device -l admin
  porthole proxy my_device --listen 127.0.0.1:2222
  porthole cp my_device:/var/log/syslog . -l admin`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       a.version,
		Args:          cobra.ArbitraryArgs, // needsCommand names what is wrong
		RunE:          needsCommand,

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(usage)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.DisableAutoGenTag = true
	flags := root.PersistentFlags()
	flags.StringVar(&a.global.host, "host", "", "`address` of the tenant or gateway (C8Y_HOST)")
	flags.StringVar(&a.global.tenant, "tenant", "", "`id` of the tenant (C8Y_TENANT)")
	flags.StringVar(&a.global.username, "username", "", "`name` of your user of the tenant (C8Y_USER)")
	flags.StringVar(&a.global.envFile, "env-file", "", "`file` of NAME=value lines, as c8ylp has it")
	flags.StringVar(&a.global.session, "session", "", "session `file` of go-c8y-cli (C8Y_SESSION)")
	flags.StringVar(&a.global.config, "config", "", "configuration `file`, in place of the usual one")
	flags.BoolVar(&a.global.insecure, "insecure", false, "do not check certificates of https: for tests only")
	flags.BoolVarP(&a.global.verbose, "verbose", "v", false, "tell the causes of errors")
	flags.DurationVar(&a.global.timeout, "timeout", 30*time.Second, "how long one request may take")
	root.AddCommand(
		a.proxyCommand(), a.sshCommand(), a.scpCommand(), a.sftpCommand(), a.sshConfigCommand(), a.runCommand(),
		a.forwardCommand(), a.openCommand(), a.doctorCommand(),
		a.cpCommand(), a.lsCommand(), a.catCommand(), a.rmCommand(), a.mkdirCommand(),
		a.devicesCommand(), a.configurationsCommand(),
		a.loginCommand(), a.logoutCommand(), a.whoamiCommand(), a.versionCommand(),
		exitCodesTopic(), environmentTopic(),
	)
	return root
}

// arguments checks the number of positional arguments.
func arguments(least, most int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least {
			return fault.New(fault.Usage, "%q needs %s. Run it with --help to see how.", cmd.CommandPath(), names)
		}
		if most >= 0 && len(args) > most {
			return fault.New(fault.Usage, "%q takes %s and nothing more, but %q is there too. Run it with --help to see how.", cmd.CommandPath(), names, args[most])
		}
		return nil
	}
}

// load reads the settings for a command.
func (a *app) load(cmd *cobra.Command, more map[settings.Key]string) (*settings.Settings, error) {
	flags := map[settings.Key]string{
		settings.Host: a.global.host, settings.Tenant: a.global.tenant, settings.User: a.global.username,
	}
	if cmd.Flags().Changed("insecure") {
		flags[settings.Insecure] = map[bool]string{true: "true", false: "false"}[a.global.insecure]
	}
	maps.Copy(flags, more)
	return settings.Load(a.input(flags))
}

// sentence begins with a capital and ends without a dot.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".")
}
