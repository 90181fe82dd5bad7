package commands

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Variable is one or more variables of the environment that mean the same.
type Variable struct{ Names, Text string }

// Precedence says which setting counts.
const Precedence = `Flags go before variables, variables before files; "porthole whoami" shows where each value came
from. The files are, in this order: --env-file, the session file of go-c8y-cli, config.yaml in the
folder "porthole" of the system's configuration folder. A password or token of a file is used for
the host of that file only.`

// Environment lists the variables that the commands read.
func Environment() []Variable {
	return []Variable{
		{"C8Y_HOST, C8Y_BASEURL, C8Y_URL", "the tenant or gateway"},
		{"C8Y_TENANT", "id of the tenant"},
		{"C8Y_USER, C8Y_USERNAME", "your user of the tenant"},
		{"C8Y_PASSWORD", "its password"},
		{"C8Y_TOKEN", "a token, in place of user and password"},
		{"C8Y_TFA_CODE", "a TFA code, for login"},
		{"C8Y_SESSION, C8Y_SESSION_HOME", "a session file of go-c8y-cli, and where they are"},
		{"C8YLP_…", "c8ylp's, where they have a counterpart: HOST, TENANT, USER, PASSWORD, TOKEN, TFA_CODE, ENV_FILE, EXTERNAL_TYPE, CONFIG, SSH_USER, PING_INTERVAL, TCP_SIZE, IGNORE_SSL_VALIDATE"},
		{"C8Y_SETTINGS_REMOTEACCESS_SSHUSER", "SSH user on the device"},
		{"PORTHOLE_SSH_PASSWORD", "its password, for scripts"},
		{"PORTHOLE_CONFIG", "the configuration file, in place of the usual one"},
		{"PORTHOLE_EXTERNAL_TYPE", "type of external ids"},
		{"PORTHOLE_INSECURE", "as --insecure"},
		{"PORTHOLE_KEYRING", "off: keep tokens in a file, not in the keyring"},
		{"SSL_CERT_FILE", "certificates of authorities, in PEM format"},
		{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the way to the tenant or gateway"},
		{"SSH_AUTH_SOCK", "the SSH agent, for cp, ls, cat, rm, mkdir and forward"},
		{"BROWSER", "the program that opens addresses, for login and open"},
	}
}

// Files lists the files of our own, in the folder "porthole" of the configuration folder.
func Files() []Variable {
	return []Variable{
		{"~/.config/porthole/config.yaml", "settings: host, tenant, user, insecure, cert-file, external-type, configuration, ssh-user, ping-interval, buffer-size"},
		{"~/.config/porthole/tokens.json", "what login keeps where there is no keyring; of mode 0600"},
		{"~/.config/porthole/known_hosts", "host keys of devices, in OpenSSH's format"},
	}
}

// columns writes rows for a terminal: names, and beside or below them the text.
func columns(rows []Variable) string {
	const indent, width = 35, 98
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "  %-*s", indent-2, row.Names)
		at := max(indent, len(row.Names)+4)
		if len(row.Names) > indent-4 {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		}
		for i, word := range strings.Fields(row.Text) {
			if i > 0 && at+1+len(word) > width {
				b.WriteString("\n" + strings.Repeat(" ", indent))
				at = indent
			} else if i > 0 {
				b.WriteString(" ")
				at++
			}
			b.WriteString(word)
			at += len(word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func environmentTopic() *cobra.Command {
	return &cobra.Command{
		Use: "environment", Short: "Variables and files with settings",
		Long: Precedence + "\n\n" + columns(Environment()) + "\n" + columns(Files()),
	}
}
