package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"porthole/ssh/cmd/porthole/commands"
	"porthole/ssh/cmd/porthole/fault"
)

// pageName is the name of a command's page, as man(1) has it for subcommands.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// page is the manual page of a command or a help topic.
func page(cmd *cobra.Command, version string) string {
	r := &roff{}
	r.macro(`TH %s 1 "" "porthole %s" "Porthole manual"`, escape(strings.ToUpper(pageName(cmd))), escape(version))
	r.macro("nh") // words are not hyphenated, and lines not stretched
	r.macro("ad l")
	r.section("NAME")
	r.line(pageName(cmd) + " - " + lowerFirst(cmd.Short))
	topic := !cmd.Runnable()
	if !topic {
		r.section("SYNOPSIS")
		synopsis(r, cmd)
	}
	r.section("DESCRIPTION")
	r.prose(description(cmd))
	subcommands(r, cmd)
	if topic {
		seeAlso(r, cmd)
		return r.b.String()
	}
	options(r, "OPTIONS", cmd.NonInheritedFlags())
	options(r, "OPTIONS OF EVERY COMMAND", cmd.InheritedFlags())
	exitStatus(r, cmd)
	r.section("ENVIRONMENT")
	r.prose(commands.Precedence)
	variables(r, commands.Environment())
	r.section("FILES")
	variables(r, commands.Files())
	if cmd.Example != "" {
		r.section("EXAMPLES")
		r.example(unindent(cmd.Example))
	}
	seeAlso(r, cmd)
	return r.b.String()
}

// lowerFirst makes a sentence a phrase, unless it begins with a name.
func lowerFirst(text string) string {
	if len(text) > 1 && text[1] >= 'a' && text[1] <= 'z' || strings.HasPrefix(text, "A ") {
		return strings.ToLower(text[:1]) + text[1:]
	}
	return text
}

// description leaves the table of exit codes to its own section.
func description(cmd *cobra.Command) string {
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	if cmd.Runnable() {
		text, _, _ = strings.Cut(text, "\nExit codes:\n")
	}
	return text
}

// synopsis has names bold and what stands for something else in italics.
func synopsis(r *roff, cmd *cobra.Command) {
	use := strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath())
	words := []string{`\fB` + escape(cmd.CommandPath()) + `\fR`}
	for word := range strings.FieldsSeq(use) {
		if strings.ToUpper(word) == word && strings.ContainsFunc(word, func(r rune) bool { return r >= 'A' && r <= 'Z' }) {
			word = `\fI` + escape(word) + `\fR`
		} else {
			word = escape(word)
		}
		words = append(words, word)
	}
	if cmd.HasAvailableSubCommands() {
		words = append(words, `\fICOMMAND\fR`)
	}
	r.b.WriteString(strings.Join(words, " ") + "\n")
}

func subcommands(r *roff, cmd *cobra.Command) {
	children := slices.DeleteFunc(slices.Clone(all(cmd)[1:]), func(c *cobra.Command) bool { return c.Parent() != cmd })
	if len(children) == 0 {
		return
	}
	r.section("COMMANDS")
	for _, child := range children {
		r.tagged(`\fB`+escape(pageName(child))+`\fR(1)`, child.Short+".")
	}
}

func options(r *roff, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	r.section(title)
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Deprecated != "" {
			return
		}
		name, usage := pflag.UnquoteUsage(flag)
		term := `\fB` + escape("--"+flag.Name) + `\fR`
		if flag.Shorthand != "" {
			term = `\fB` + escape("-"+flag.Shorthand) + `\fR, ` + term
		}
		if name != "" {
			term += ` \fI` + escape(name) + `\fR`
		}
		r.tagged(term, usage+preset(flag))
	})
}

// preset names a default that is worth naming.
func preset(flag *pflag.Flag) string {
	switch flag.DefValue {
	case "", "false", "0", "0s", "[]":
		return ""
	}
	switch flag.Value.Type() {
	case "string":
		return fmt.Sprintf(" (default %q)", flag.DefValue)
	case "duration":
		return fmt.Sprintf(" (default %s)", strings.Replace(flag.DefValue, "m0s", "m", 1))
	}
	return fmt.Sprintf(" (default %s)", flag.DefValue)
}

func exitStatus(r *roff, cmd *cobra.Command) {
	r.section("EXIT STATUS")
	switch cmd.Name() {
	case "ssh", "scp", "sftp", "run":
		r.prose("That of the program, once it runs, or 128 and the number of the signal that ended it. Before that:")
	case "proxy", "forward", "open":
		r.prose("When a signal ends it after it has begun to listen, the status is 0.")
	}
	for i, row := range fault.Table() {
		r.tagged(`\fB`+strconv.Itoa(int(row.Exit))+`\fR`, row.Text)
		if i == 0 {
			r.macro("PD 0") // the others without room between them
		}
	}
	r.macro("PD")
}

func variables(r *roff, rows []commands.Variable) {
	for _, row := range rows {
		r.tagged(`\fB`+escape(row.Names)+`\fR`, row.Text)
	}
}

// seeAlso are the command above, those beside what concerns OpenSSH, and the topics.
func seeAlso(r *roff, cmd *cobra.Command) {
	var pages []string
	if cmd.HasParent() {
		pages = append(pages, pageName(cmd.Parent()))
	}
	for _, topic := range []string{"porthole-environment", "porthole-exit-codes"} {
		if topic != pageName(cmd) {
			pages = append(pages, topic)
		}
	}
	pages = append(pages, map[string][]string{
		"proxy": {"porthole-ssh-config", "porthole-doctor", "ssh", "ssh_config(5)"}, "ssh-config": {"ssh", "ssh_config(5)"},
		"ssh": {"porthole-ssh-config", "ssh"}, "scp": {"porthole-cp", "scp"}, "sftp": {"porthole-cp", "sftp"}, "cp": {"porthole-scp", "porthole-ls"},
	}[cmd.Name()]...)
	r.section("SEE ALSO")
	for i, name := range pages {
		section := "1"
		if base, number, ok := strings.Cut(strings.TrimSuffix(name, ")"), "("); ok {
			name, section = base, number
		}
		comma := ","
		if i == len(pages)-1 {
			comma = ""
		}
		r.macro(`BR \%%%s (%s)%s`, escape(name), section, comma)
	}
}

// unindent takes the two blanks from the lines of an example.
func unindent(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "  "))
	}
	return strings.Join(lines, "\n")
}
