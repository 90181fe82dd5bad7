//go:build js

package bridge

import (
	"context"
	"errors"
	"syscall/js"

	"porthole/ssh/profile"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// filesSettings is GoProfile.filesSettings.
func (g goProfile) filesSettings(args []js.Value) any {
	scope, err := parsePortsScope(args[0])
	if err != nil {
		return rejected(err)
	}
	return promise(g.bridge.warn, func() (any, error) {
		s, err := g.profile.Files(context.Background(), scope)
		if err != nil {
			return nil, unreadable(err)
		}
		return map[string]any{
			"bookmarks": jsval.Array(s.Bookmarks), "keepModified": !s.NewTime, "keepMode": !s.NewMode,
		}, nil
	})
}

// saveFilesSettings is GoProfile.saveFilesSettings.
func (g goProfile) saveFilesSettings(args []js.Value) any {
	scope, err := parsePortsScope(args[0])
	if err != nil {
		return rejected(err)
	}
	f := fieldsOf(args[1])
	settings := profile.FilesSettings{
		Bookmarks: f.strings("bookmarks"), NewTime: !f.bool("keepModified"), NewMode: !f.bool("keepMode"),
	}
	if f.err != nil {
		return rejected(f.err)
	}
	return g.change(func(ctx context.Context) error {
		err := g.profile.SaveFiles(ctx, scope, settings)
		switch {
		case errors.Is(err, profile.ErrTooManyBookmarks):
			return &failure{
				code: wire.CodeInvalid, cause: err,
				message: "This device has 200 bookmarked directories, and there is no room for more. Remove one first.",
			}
		case errors.Is(err, profile.ErrFolder):
			return &failure{
				code: wire.CodeInvalid, cause: err,
				message: "A bookmark must be an absolute path, one that begins with a slash.",
			}
		}
		return err
	})
}
