package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"

	"porthole/server"
	"porthole/static"

	"github.com/spf13/pflag"
)

// options is what flags and variables say.
type options struct {
	config      server.Config
	stateDir    string
	assetsDir   string
	logFormat   string
	logLevel    string
	showVersion bool
	showHelp    bool

	demo               bool
	demoAllowRoot      bool
	demoPassword       string
	demoDevices        int
	demoConfigurations []string
}

// errHelp: the person asked for help.
var errHelp = errors.New("help asked for")

// flags declares every option with its default.
func flags(o *options) *pflag.FlagSet {
	f := pflag.NewFlagSet("portholed", pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() {}
	c := &o.config
	*c = server.DefaultConfig()

	f.StringVar(&c.Tenant, "tenant", "", "`URL` of the tenant, such as https://example.cumulocity.com")
	f.BoolVar(&o.demo, "demo", false, "run a stand-in platform and a demo device instead of a tenant; loopback only")
	f.StringVar(&c.Listen, "listen", c.Listen, "`ADDRESS` of the page")
	f.StringVar(&c.PublicURL, "public-url", "", "`URL` that people open; needed off loopback (default http://porthole.localhost:PORT)")
	f.StringVar(&c.TLSCert, "tls-cert", "", "PEM `FILE` of the certificate; read again when it changes")
	f.StringVar(&c.TLSKey, "tls-key", "", "PEM `FILE` of the certificate's key; read again when it changes")
	f.StringSliceVar(&c.TrustedProxies, "trusted-proxies", nil, "`NETWORKS` (CIDR, comma-separated) whose X-Forwarded-For and X-Forwarded-Proto count")
	f.StringVar(&c.AdminListen, "admin-listen", c.AdminListen, "`ADDRESS` of /readyz and /metrics, or off")
	f.StringVar(&o.stateDir, "state-dir", ".porthole", "`FOLDER` of what must survive a restart; only its owner may read it; against a tenant none unless given")
	f.StringVar(&o.assetsDir, "assets-dir", "", "serve the page from this `FOLDER` instead of the built-in one")

	f.StringVar(&c.Forwards, "forwards", c.Forwards, "pages of devices, each in an origin of its own: `on|off`")
	f.StringVar(&c.ForwardSite, "forward-site", "", "second site for them, a `URL` such as https://usercontent.example (default: names below the page's own, fwd.HOST)")
	f.StringVar(&c.ForwardPorts, "forward-ports", "", "spare `PORTS` of the page's host for them, such as 8441-8450, where there are no names to be had")
	f.StringVar(&c.PlainForwards, "plain-forwards", c.PlainForwards, "pages whose bytes gateway and tenant can read: `ask|allow|deny`")

	f.StringVar(&c.Files, "files", c.Files, "panel for the files of devices: `on|off`")
	f.BoolVar(&c.FilesReadOnly, "files-read-only", false, "the panel changes nothing on devices")
	f.Var((*fileSize)(&c.FilesMaxSize), "files-max-size", "largest file that the panel carries, a `SIZE` such as 2GiB; 0: no limit")
	f.StringSliceVar(&c.FilesReadPaths, "files-read-paths", nil, "absolute `PATHS` (comma-separated) of devices that the panel reads, with all below them (default all)")
	f.StringSliceVar(&c.FilesWritePaths, "files-write-paths", nil, "absolute `PATHS` (comma-separated) of devices that the panel writes, with all below them (default all)")
	f.BoolVar(&c.LogPaths, "log-paths", false, "paths and SHA-256 of transferred files may stand in the log")

	f.DurationVar(&c.LoginIdle, "login-idle", c.LoginIdle, "a login ends after this `TIME` without use; an open connection is use")
	f.DurationVar(&c.LoginMax, "login-max", c.LoginMax, "a login ends after this `TIME` in any case")
	f.DurationVar(&c.CLITokens, "cli-tokens", c.CLITokens, "a command line that a person let in stays signed in for this `TIME`; 0: none may")
	f.IntVar(&c.MaxConnections, "max-connections", c.MaxConnections, "`NUMBER` of connections at once, in all")
	f.IntVar(&c.MaxConnectionsPerPrincipal, "max-connections-per-principal", c.MaxConnectionsPerPrincipal, "`NUMBER` of connections at once of one person")
	f.DurationVar(&c.WaitLimit, "wait-limit", c.WaitLimit, "`TIME` until the first byte of a device; 0: no limit")
	f.DurationVar(&c.IdleLimit, "idle-limit", c.IdleLimit, "a connection ends after this `TIME` without a byte; 0: no limit")
	f.DurationVar(&c.MaxDuration, "max-duration", c.MaxDuration, "a connection ends after this `TIME` in any case; 0: no limit")
	f.DurationVar(&c.DialTimeout, "dial-timeout", c.DialTimeout, "`TIME` until the tenant answers an upgrade")
	f.DurationVar(&c.TenantTimeout, "tenant-timeout", c.TenantTimeout, "`TIME` for any other request to the tenant but long polls")
	f.DurationVar(&c.DrainTime, "drain-time", c.DrainTime, "at shutdown connections may end by themselves for this `TIME`")
	f.Var((*size)(&c.ClientMessage), "client-message", "largest websocket message to a client, a `SIZE` of 1KiB to 256KiB")
	f.Var((*size)(&c.TenantMessage), "tenant-message", "largest websocket message to the tenant, a `SIZE` of 1KiB to 64KiB")
	f.StringVar(&c.TenantCA, "tenant-ca", "", "PEM `FILE` of further roots for the tenant's certificate")

	f.StringVar(&o.logFormat, "log-format", "text", "`FORMAT` of the log on standard error: text or json")
	f.StringVar(&o.logLevel, "log-level", "", "`LEVEL` of the log: debug, info, warn or error (default info; with --demo warn)")

	f.BoolVar(&o.demoAllowRoot, "demo-allow-root", false, "let the demo device give shells of root")
	f.StringVar(&o.demoPassword, "demo-password", "", "`PASSWORD` of the stand-in's user \"demo\", for tests (default random, never printed)")
	f.IntVar(&o.demoDevices, "demo-devices", 0, "`NUMBER` of further devices, offline, to try the list")
	f.StringArrayVar(&o.demoConfigurations, "demo-configuration", nil, "`NAME=HOST:PORT` of a further configuration of the demo device; may be repeated")
	f.BoolVar(&o.showVersion, "version", false, "print the version")
	f.BoolVarP(&o.showHelp, "help", "h", false, "print this")
	return f
}

// usage lists every option.
func usage() string {
	f := flags(&options{})
	if hidden := f.Lookup("demo-configuration"); hidden != nil {
		hidden.Hidden = true
	}
	return "portholed serves Porthole: SSH to devices from a browser tab.\n\n" +
		"  portholed --demo                         try it without a tenant\n" +
		"  portholed --tenant https://… --public-url https://… --tls-cert … --tls-key …\n\n" +
		"Each option has a variable as well: --login-idle is PORTHOLE_LOGIN_IDLE. The option wins.\n\n" + f.FlagUsages()
}

// parse reads flags and variables and reports everything that is wrong at once. environ
// is as of os.Environ.
func parse(args, environ []string) (*options, error) {
	o := &options{}
	f := flags(o)
	bad := &wrong{names: make(map[string]bool)}
	f.VisitAll(func(flag *pflag.Flag) { flag.Value = &collecting{Value: flag.Value, name: flag.Name, bad: bad} })
	if err := f.Parse(sortArguments(f, args, bad)); err != nil {
		bad.list = append(bad.list, err)
	}
	readVariables(f, environ, bad)
	if o.showHelp {
		return nil, errHelp
	}
	if o.showVersion {
		return o, errors.Join(bad.list...)
	}
	if drain := f.Lookup("drain-time"); o.demo && !drain.Changed {
		o.config.DrainTime = 0 // Ctrl-C in a terminal should not take seconds
	}
	o.check(f, bad)
	if o.assetsDir != "" {
		o.config.Assets = os.DirFS(o.assetsDir)
	} else {
		o.config.Assets = static.Assets()
	}
	return o, errors.Join(bad.list...)
}

// check finds what is wrong between options.
func (o *options) check(f *pflag.FlagSet, bad *wrong) {
	var found problems
	switch {
	case bad.names["demo"]: // nobody knows which it should be
	case o.demo:
		o.checkDemo(&found)
	default:
		f.Visit(func(flag *pflag.Flag) {
			if strings.HasPrefix(flag.Name, "demo-") {
				found.add(flag.Name, "only goes together with --demo")
			}
		})
	}
	if !slices.Contains([]string{"text", "json"}, o.logFormat) {
		found.add("log-format", "%q is neither text nor json", o.logFormat)
	}
	if _, err := o.level(); err != nil {
		found.add("log-level", "%q is none of debug, info, warn, error", o.logLevel)
	}
	if o.demo || f.Changed("state-dir") {
		o.config.StateDir = o.stateDir
		if err := checkStateFolder(o.stateDir); err != nil {
			found.add("state-dir", "%w", err)
		}
	}
	if info, err := os.Stat(o.assetsDir); o.assetsDir != "" && (err != nil || !info.IsDir()) {
		found.add("assets-dir", "%q is no folder", o.assetsDir)
	}
	found = append(found, o.checkConfig(bad)...)
	for _, problem := range found {
		if option, _, _ := strings.Cut(strings.TrimPrefix(problem.Error(), "--"), ":"); !bad.names[option] {
			bad.list = append(bad.list, problem)
		}
	}
}

// problems are what check finds, each "--option: …".
type problems []error

func (p *problems) add(option, format string, args ...any) {
	*p = append(*p, fmt.Errorf("--"+option+": "+format, args...))
}

// checkConfig has the gateway look at its part.
func (o *options) checkConfig(bad *wrong) []error {
	config := o.config
	if o.demo || bad.names["demo"] {
		config.Tenant = "http://127.0.0.1" // takes its real port later
	}
	if bad.names["login-max"] {
		config.LoginMax = math.MaxInt64 // --login-idle is not measured by a default
	}
	err := config.Validate()
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		return several.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// level is the log level: quiet with --demo, so that the link stays in sight.
func (o *options) level() (slog.Level, error) {
	if o.logLevel == "" {
		if o.demo {
			return slog.LevelWarn, nil
		}
		return slog.LevelInfo, nil
	}
	var level slog.Level
	err := level.UnmarshalText([]byte(o.logLevel))
	return level, err
}

func (o *options) logger(w io.Writer) *slog.Logger {
	level, err := o.level()
	if err != nil {
		level = slog.LevelInfo // check refused it already
	}
	how := &slog.HandlerOptions{Level: level}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, how))
	}
	return slog.New(slog.NewTextHandler(w, how))
}
