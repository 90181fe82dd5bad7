package shellfs

import (
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// checkPaths refuses what no file can be called.
func checkPaths(paths ...string) error {
	for _, path := range paths {
		if strings.IndexByte(path, 0) >= 0 {
			return &fsys.Error{Code: wire.CodeInvalid, Message: "A path cannot hold the byte NUL."}
		}
	}
	return nil
}

// under joins a directory and a name.
func under(dir, name string) string {
	if dir = posix.Relative(dir); dir == "/" {
		return "/" + name
	}
	return dir + "/" + name
}
