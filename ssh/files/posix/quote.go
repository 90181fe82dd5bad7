package posix

import "strings"

// newline is how a line feed is written in a script, which is one line itself.
const newline = `"$n"`

// setNewline makes $n; a command substitution drops line feeds at its end.
const setNewline = `n=$(printf "\n_"); n=${n%_}; `

// Quote makes one word of any text without NUL, for a script of one line. The script must
// not use a variable n of its own.
func Quote(text string) string {
	return "'" + quoter.Replace(text) + "'"
}

var quoter = strings.NewReplacer("'", `'\''`, "\n", "'"+newline+"'")

// Arg is a path as one word that no tool takes for an option.
func Arg(path string) string {
	return Quote(Relative(path))
}

// Relative makes a path start with "/" or ".", without "/" at its end, which would follow
// a link.
func Relative(path string) string {
	trimmed := strings.TrimRight(path, "/")
	switch {
	case trimmed == "" && path != "":
		return "/"
	case trimmed == "" || trimmed == ".":
		return "."
	case strings.HasPrefix(trimmed, "/"):
		return trimmed
	}
	return "./" + trimmed
}

// Base is the last element of a path.
func Base(path string) string {
	trimmed := strings.TrimRight(path, "/")
	if trimmed == "" && path != "" {
		return "/"
	}
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}

// Guarded runs a command and kills it when the channel ends, which ends standard input: a
// server does not kill the program of a channel. OpenSSH closes its pipes; dropbear waits
// for it, and a program whose output nobody takes never ends by itself. What is killed is
// the process of the command, so it should exec, or be a pipe to one that may end.
func Guarded(command string) string {
	return "exec 4<&0; { " + command + "; } 4<&- & p=$!; ( read -r x <&4; kill $p ) >/dev/null 2>&1 & w=$!; " +
		"exec 4<&-; wait $p; s=$?; kill $w 2>/dev/null; exit $s"
}
