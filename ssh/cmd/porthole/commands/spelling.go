package commands

import (
	"slices"
	"strings"
)

// asC8Y rewrites what `c8y remoteaccess` spells in another way, so that its documents and
// scripts need only another name of the program: the commands server and connect, and the
// flags --device, --user, --id and --newName. What follows "--" is the program's own.
func asC8Y(args []string) []string {
	command, rest := commandWords(args)
	if command == nil {
		return args
	}
	end := len(rest)
	if at := slices.Index(rest, "--"); at >= 0 {
		end = at
	}
	flags, behind := rest[:end], rest[end:]
	device, flags := takeFlag(flags, "--device")
	var id []string
	switch command[0] {
	case "configurations":
		id, flags = takeFlag(flags, "--id")
		flags = renameFlag(flags, "--newName", "--name")
	case "ssh":
		flags = renameFlag(flags, "--user", "--ssh-user")
	}
	return slices.Concat(command, device, id, flags, behind)
}

// commandWords are the words that name one of those commands, in our spelling; nil for
// other commands.
func commandWords(args []string) (command, rest []string) {
	word := func(n int) string {
		if n < len(args) {
			return args[n]
		}
		return ""
	}
	switch word(0) {
	case "server":
		return []string{"proxy"}, args[1:]
	case "connect":
		if next := word(1); next == "ssh" || next == "run" {
			return args[1:2], args[2:]
		}
	case "proxy", "ssh", "run":
		return args[:1], args[1:]
	case "configurations":
		if next := word(1); next != "" && next[0] != '-' {
			return args[:2], args[2:]
		}
	}
	return nil, nil
}

// takeFlag takes a flag away and gives its value, as "--flag value" or "--flag=value".
func takeFlag(args []string, flag string) (value, rest []string) {
	for i, arg := range args {
		if arg == flag && i+1 < len(args) {
			return args[i+1 : i+2], slices.Concat(args[:i], args[i+2:])
		}
		if text, ok := strings.CutPrefix(arg, flag+"="); ok {
			return []string{text}, slices.Concat(args[:i], args[i+1:])
		}
	}
	return nil, args
}

// renameFlag gives a flag our name.
func renameFlag(args []string, from, to string) []string {
	renamed := make([]string, 0, len(args))
	for _, arg := range args {
		if arg == from || strings.HasPrefix(arg, from+"=") {
			arg = to + strings.TrimPrefix(arg, from)
		}
		renamed = append(renamed, arg)
	}
	return renamed
}
