// Command manpages writes the manual pages of porthole into a folder.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"

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
	header := &doc.GenManHeader{Title: "PORTHOLE", Section: "1", Source: "Porthole " + args[0], Manual: "Porthole"}
	return doc.GenManTree(commands.Root(args[0]), header, args[1])
}
