package main

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// variablePrefix of the environment variables: --login-idle is PORTHOLE_LOGIN_IDLE.
const variablePrefix = "PORTHOLE_"

// foreignVariables are not meant for this program: they belong to the build, its tests
// and images, or ask what only makes sense on a command line.
var foreignVariables = []string{
	"PORTHOLE_BASE", "PORTHOLE_CACHE", "PORTHOLE_DIST", "PORTHOLE_HELP", "PORTHOLE_IDLE", "PORTHOLE_ROOT",
	"PORTHOLE_TUNNELTEST", "PORTHOLE_VERSION", "PORTHOLE_WASM",
}

// Kubernetes gives each container variables of every service in its namespace, so a
// service named "porthole" or "porthole-…" looks like options of ours
// (kubernetes.io/docs, "Service: Environment variables").
var (
	serviceVariable = regexp.MustCompile(`_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$`)
	serviceURL      = regexp.MustCompile(`^(tcp|udp|sctp)://`) // of PORTHOLE_…PORT
)

// readVariables sets what no argument set, and names the variables that no option has.
// An empty variable is as good as none.
func readVariables(f *pflag.FlagSet, environ []string, bad *wrong) {
	flags := make(map[string]*pflag.Flag)
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "help" && flag.Name != "version" {
			flags[variablePrefix+strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))] = flag
		}
	})
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name) // there case makes no difference
		}
		if value == "" || !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		flag := flags[name]
		if flag == nil {
			if !isForeign(name, value) {
				bad.list = append(bad.list, fmt.Errorf("%s: no option has this variable", name))
			}
			continue
		}
		if flag.Changed {
			continue // the option wins
		}
		if c, fine := flag.Value.(*collecting); fine {
			c.from = " in " + name
		}
		_ = f.Set(flag.Name, value) // collecting keeps the error
	}
}

// isForeign tells whether a variable is somebody else's in spite of its name.
func isForeign(name, value string) bool {
	return slices.Contains(foreignVariables, name) || serviceVariable.MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && serviceURL.MatchString(value)
}
