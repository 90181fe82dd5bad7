package files

import (
	"fmt"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func failure(code wire.ErrorCode, format string, args ...any) *fsys.Error {
	return &fsys.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
