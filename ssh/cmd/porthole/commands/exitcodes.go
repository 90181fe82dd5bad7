package commands

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/fault"
)

// exitCodes is the table for people.
func exitCodes() string {
	var b strings.Builder
	for _, row := range fault.Table() {
		fmt.Fprintf(&b, "  %-4d %s\n", row.Exit, row.Text)
	}
	return b.String()
}

// exitCodesTopic is `porthole help exit-codes`, and a manual page.
func exitCodesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "The exit codes of every command",
		Long: "The exit codes of every command. ssh, scp, sftp and run end with the code of the program they\nrun, or 128 and the number of the signal that ended it. proxy, forward and open end with 0 when a\nsignal ends them.\n\n" +
			exitCodes(),
	}
}

// environment is what the variables mean, for `porthole help environment`.
const environment = `Flags go before variables, variables before files; "porthole whoami" shows where each value came
from. The files are, in this order: --env-file, the session file of go-c8y-cli, config.yaml in the
folder "porthole" of the system's configuration folder. A password or token of a file is used for
the host of that file only.

  C8Y_HOST, C8Y_BASEURL, C8Y_URL   the tenant or gateway
  C8Y_TENANT                       id of the tenant
  C8Y_USER, C8Y_USERNAME           your user of the tenant
  C8Y_PASSWORD                     its password
  C8Y_TOKEN                        a token, in place of user and password
  C8Y_TFA_CODE                     a TFA code, for login
  C8Y_SESSION, C8Y_SESSION_HOME    a session file of go-c8y-cli, and where they are
  C8YLP_…                          c8ylp's, where they have a counterpart: HOST, TENANT, USER,
                                   PASSWORD, TOKEN, TFA_CODE, ENV_FILE, EXTERNAL_TYPE, CONFIG,
                                   SSH_USER, PING_INTERVAL, TCP_SIZE, IGNORE_SSL_VALIDATE
  C8Y_SETTINGS_REMOTEACCESS_SSHUSER, PORTHOLE_SSH_PASSWORD
                                   SSH user and password on the device
  PORTHOLE_CONFIG                  the configuration file, in place of the usual one
  PORTHOLE_EXTERNAL_TYPE           type of external ids
  PORTHOLE_INSECURE                as --insecure
  PORTHOLE_KEYRING                 off: keep tokens in a file, not in the keyring
  SSL_CERT_FILE                    certificates of authorities, in PEM format
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
  SSH_AUTH_SOCK                    the SSH agent, for cp, ls, cat, rm, mkdir and forward

config.yaml takes: host, tenant, user, insecure, cert-file, external-type, configuration, ssh-user,
ping-interval, buffer-size.
`

func environmentTopic() *cobra.Command {
	return &cobra.Command{Use: "environment", Short: "Variables and files with settings", Long: environment}
}
