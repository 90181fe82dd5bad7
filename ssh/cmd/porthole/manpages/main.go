// Command manpages writes the manual pages of porthole into a folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/commands"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manpages:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: manpages VERSION FOLDER")
	}
	if err := os.MkdirAll(args[1], 0o755); err != nil { //nolint:gosec // manual pages are for everybody
		return fmt.Errorf("make folder: %w", err)
	}
	for _, cmd := range all(commands.Root(args[0])) {
		path := filepath.Join(args[1], pageName(cmd)+".1")
		if err := os.WriteFile(path, []byte(page(cmd, args[0])), 0o644); err != nil { //nolint:gosec // likewise
			return fmt.Errorf("write page: %w", err)
		}
	}
	return nil
}

// all are the commands that have a page: those of porthole's own, and its help topics.
func all(cmd *cobra.Command) []*cobra.Command {
	found := []*cobra.Command{cmd}
	for _, child := range cmd.Commands() {
		if !child.Hidden && child.Name() != "help" && child.Name() != "completion" {
			found = append(found, all(child)...)
		}
	}
	return found
}
