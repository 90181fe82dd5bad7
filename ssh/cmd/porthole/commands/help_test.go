package commands

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestTheHelpOfEveryCommandHasExamples(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Runnable() && !cmd.Hidden {
			for line := range strings.SplitSeq(cmd.Example, "\n") {
				if !strings.HasPrefix(line, "  ") {
					t.Errorf("%s: the example %q is not indented, or missing", cmd.CommandPath(), line)
				}
			}
			if !strings.Contains(cmd.Example, "porthole") {
				t.Errorf("%s has no example", cmd.CommandPath())
			}
		}
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(Root("test"))
}
