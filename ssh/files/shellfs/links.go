package shellfs

import (
	"context"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

// Links implements fsys.LinkCounter, by ls, which every device has.
func (f *files) Links(ctx context.Context, path string) (int64, error) {
	if err := checkPaths(path); err != nil {
		return 0, err
	}
	line, err := f.run(ctx, operation{"looked at", path}, there(path)+"ls -ld "+posix.Arg(path))
	if err != nil {
		return 0, err
	}
	return fsys.LinkCount(string(line)), nil
}
