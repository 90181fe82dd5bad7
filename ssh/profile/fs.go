package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/hack-pad/hackpadfs"
	"github.com/hack-pad/hackpadfs/mem"
)

// FS is what a profile needs of a file system. Names are single path elements.
type FS interface {
	// ReadFile returns a whole file; the error of a missing one is fs.ErrNotExist.
	ReadFile(name string) ([]byte, error)
	// WriteFile replaces a file or makes it: whole or not at all.
	WriteFile(name string, data []byte) error
}

// maxFile bounds what is read of one file, in bytes: 100,000 known hosts fit in.
const maxFile = 16 << 20

// errTooBig says that a file is larger than anything this program wrote.
var errTooBig = errors.New("file is larger than 16 MiB")

// hackFS is an FS over hackpadfs.
type hackFS struct{ under hackpadfs.FS }

// Memory returns an FS that forgets everything when the program ends.
func Memory() (FS, error) {
	under, err := mem.NewFS()
	if err != nil {
		return nil, fmt.Errorf("make file system in memory: %w", err)
	}
	return hackFS{under}, nil
}

// ReadFile implements FS.
func (f hackFS) ReadFile(name string) ([]byte, error) {
	file, err := f.under.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	data, err := readAll(file)
	return data, errors.Join(wrap("read "+name, err), wrap("close "+name, file.Close()))
}

// WriteFile implements FS. hackpadfs renames in one transaction, and truncates and
// writes in two, hence the detour.
func (f hackFS) WriteFile(name string, data []byte) error {
	fresh := name + ".new"
	if err := hackpadfs.WriteFullFile(f.under, fresh, data, filePerm); err != nil {
		return fmt.Errorf("write %s: %w", fresh, err)
	}
	if err := hackpadfs.Rename(f.under, fresh, name); err != nil {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	return nil
}

// filePerm lets nobody else read the profile.
const filePerm fs.FileMode = 0o600

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, errTooBig
	}
	return data, err
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
