package files

import (
	"context"
	"fmt"
	"strconv"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func failure(code wire.ErrorCode, format string, args ...any) *fsys.Error {
	return &fsys.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func cancelled(ctx context.Context) error {
	return &fsys.Error{Code: wire.CodeCancelled, Message: "It was cancelled.", Err: context.Cause(ctx)}
}

// quoted shows a path in a sentence.
func quoted(p string) string {
	const most = 300
	if len(p) > most {
		p = p[:most/2] + "…" + p[len(p)-most/2:]
	}
	return strconv.Quote(p)
}
