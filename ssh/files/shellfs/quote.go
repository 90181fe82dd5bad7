package shellfs

import (
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// newline is how a line feed is written in a script, which is one line itself.
const newline = `"$n"`

// setNewline makes $n; a command substitution drops line feeds at its end.
const setNewline = `n=$(printf "\n_"); n=${n%_}; `

// quote makes one word of any text without NUL, for a script of one line.
func quote(text string) string {
	return "'" + quoter.Replace(text) + "'"
}

var quoter = strings.NewReplacer("'", `'\''`, "\n", "'"+newline+"'")

// arg is a path as one word that no tool takes for an option.
func arg(path string) string {
	return quote(relative(path))
}

// relative makes a path start with "/" or "."; "/" at its end would follow a link.
func relative(path string) string {
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

// base is the last element of a path.
func base(path string) string {
	trimmed := strings.TrimRight(path, "/")
	if trimmed == "" && path != "" {
		return "/"
	}
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}

// checkPaths refuses what no file can be called.
func checkPaths(paths ...string) error {
	for _, path := range paths {
		if strings.IndexByte(path, 0) >= 0 {
			return &fsys.Error{Code: wire.CodeInvalid, Message: "A path cannot hold the byte NUL."}
		}
	}
	return nil
}
