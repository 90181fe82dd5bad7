// Command porthole reaches devices from the command line: any TCP client, OpenSSH's
// ProxyCommand, files and scripts, through a gateway or straight through a tenant.
package main

import (
	"os"

	"porthole/ssh/cmd/porthole/commands"
)

var version = "dev" // set by the linker

func main() {
	os.Exit(commands.Main(version, os.Args[1:]))
}
