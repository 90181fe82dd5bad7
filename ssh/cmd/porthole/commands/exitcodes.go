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
