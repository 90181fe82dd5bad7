package main

import (
	"slices"
	"strings"
	"testing"

	"porthole/ssh/cmd/porthole/commands"
)

func TestEveryPageHasTheSectionsOfAManualAndNoStrayMacro(t *testing.T) {
	root := commands.Root("test")
	found := map[string]bool{}
	for _, cmd := range all(root) {
		name := pageName(cmd)
		found[name] = true
		text := page(cmd, "test")
		want := []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"}
		if !cmd.Runnable() { // a help topic
			want = []string{"NAME", "DESCRIPTION", "SEE ALSO"}
		}
		if !cmd.HasAvailableLocalFlags() {
			want = slices.DeleteFunc(want, func(section string) bool { return section == "OPTIONS" })
		}
		at := 0
		for _, section := range want {
			next := strings.Index(text[at:], "\n.SH "+section+"\n")
			if next < 0 {
				t.Errorf("%s: %s is missing or out of order", name, section)
				continue
			}
			at += next + 1
		}
		for line := range strings.Lines(text) {
			macro, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.HasPrefix(line, ".") && !strings.Contains(" .TH .SH .PP .TP .EX .EE .BR .PD .nh .ad ", " "+macro+" ") || strings.HasPrefix(line, "'") {
				t.Errorf("%s: %q is taken for a macro", name, line)
			}
			if strings.Contains(line, "`") {
				t.Errorf("%s: %q shows a mark", name, line)
			}
		}
	}
	for _, name := range []string{"porthole", "porthole-proxy", "porthole-configurations-create-passthrough", "porthole-exit-codes", "porthole-environment"} {
		if !found[name] {
			t.Errorf("%s has no page", name)
		}
	}
}

func TestTextComesOutAsItself(t *testing.T) {
	for text, want := range map[string]string{
		"a-b --flag":        `a\-b \-\-flag`,
		`C:\x`:              `C:\ex`,
		"'quoted'":          `\(aqquoted\(aq`,
		"~/.config":         `\(ti/.config`,
		"…":                 `\[u2026]`,
		"Run `porthole ls`": `Run \fBporthole ls\fR`,
		"a ` alone":         `a \(ga alone`,
	} {
		if got := bold(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	r := &roff{}
	r.prose(".profile is read\n\n  'indented'\n  lines\nand on")
	if got, want := r.b.String(), ".PP\n\\&.profile is read\n.PP\n.EX\n  \\(aqindented\\(aq\n  lines\n.EE\n.PP\nand on\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
