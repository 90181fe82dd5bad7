package commands

import (
	"context"
	"strings"
	"testing"

	"porthole/ssh/files/fsys"
)

// folders is a device on which every path is a directory, and nothing can be removed.
type folders struct{ fsys.FS }

func (folders) Stat(context.Context, string, bool) (fsys.Entry, error) {
	return fsys.Entry{Type: fsys.Dir}, nil
}

func (folders) List(context.Context, string, func([]fsys.Entry) error) error {
	panic("it would be removed")
}

func TestWhatIsAboveIsNeverRemoved(t *testing.T) {
	for _, path := range []string{"/", ".", "..", "../..", "../../", "/..", "//", "./..", "a/..", "a/../.."} {
		err := (&app{}).remove(t.Context(), folders{}, path, true, true)
		if err == nil || !strings.Contains(err.Error(), "never removed") {
			t.Errorf("%q: %v", path, err)
		}
	}
}
