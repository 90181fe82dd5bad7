package files

import (
	"context"
	"errors"
	"fmt"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Saved is a file that was saved.
type Saved struct {
	Entry fsys.Entry
	// Note is a sentence for the person about how it was done; "" when there is nothing to say.
	Note string
}

// Save writes a file that a person edited, whatever it is there. Where it has one name it
// is replaced in one step, as [Put] does. Where that would take something away it is
// written in place instead, with a copy beside it until it is whole: other names of a file
// (hard links) would keep the old text, and in a directory that the SSH user may not
// change, or over a file that is mounted by itself, nothing can be replaced.
func Save(ctx context.Context, fs fsys.FS, path string, data []byte) (Saved, error) {
	s, err := look(ctx, fs, path, data)
	if err != nil {
		return Saved{}, err
	}
	if s.names > 1 {
		return s.inPlace(ctx)
	}
	e, err := Put(ctx, fs, path, data, PutOptions{Replace: true})
	if err == nil || !s.there || !irreplaceable(codeOf(err)) {
		return Saved{Entry: e}, err
	}
	if werr := s.write(ctx); werr != nil {
		return Saved{}, werr
	}
	return s.saved(ctx, fmt.Sprintf("Nothing could be put beside %s, so it was written in place, without a copy.", fsys.Quoted(s.path)))
}

// irreplaceable are the failures of a part file and its rename that say nothing of the
// file itself. A file that is mounted by itself is busy, which SFTP has no code for.
func irreplaceable(code wire.ErrorCode) bool {
	switch code {
	case wire.CodePermission, wire.CodeNotAllowed, wire.CodeReadOnly, wire.CodeFileFailed:
		return true
	default:
		return false
	}
}

// saving is a file being saved.
type saving struct {
	fs    fsys.FS
	path  string // without links
	data  []byte
	there bool
	old   fsys.Entry
	names int64 // 0: unknown
}

func look(ctx context.Context, fs fsys.FS, path string, data []byte) (*saving, error) {
	s := &saving{fs: fs, path: path, data: data}
	var err error
	if s.old, err = fs.Stat(ctx, path, true); err != nil {
		if codeOf(err) == wire.CodeNotFound {
			return s, nil // Put makes it
		}
		return nil, err
	}
	if s.path, err = fs.RealPath(ctx, path); err != nil {
		return nil, err
	}
	s.there = s.old.Type == fsys.File
	if !s.there {
		return s, nil
	}
	s.names, _ = linksOf(ctx, fs, s.path) // unknown counts as one; a lost connection shows soon
	return s, nil
}

// inPlace writes a file of several names, with a copy of the new text beside it meanwhile.
func (s *saving) inPlace(ctx context.Context) (Saved, error) {
	part, err := writePart(ctx, s.fs, s.path, s.data, PutOptions{}, true, s.old)
	copied := err == nil
	if !copied && !irreplaceable(codeOf(err)) {
		return Saved{}, err // a full disk, a cut: nothing was touched
	}
	if err := s.write(ctx); err != nil {
		if !copied {
			return Saved{}, err
		}
		return s.replaced(ctx, part, err)
	}
	if copied {
		_ = s.fs.Remove(context.WithoutCancel(ctx), part) // it is of no more use
	}
	return s.saved(ctx, fmt.Sprintf("%s has %d names on the device (hard links). It was written in place, so that all of them have the new text.", fsys.Quoted(s.path), s.names))
}

// replaced takes the copy for the file that could not be written to its end.
func (s *saving) replaced(ctx context.Context, part string, failed error) (Saved, error) {
	if err := s.fs.Rename(ctx, part, s.path, true); err != nil {
		if told, ok := errors.AsType[*fsys.Error](failed); ok {
			return Saved{}, failure(told.Code, "%s Your text is whole in %s on the device.", told.Message, fsys.Quoted(part))
		}
		return Saved{}, failed
	}
	return s.saved(ctx, fmt.Sprintf("%s could not be written in place, so it was replaced: its other names (hard links) keep the old text.", fsys.Quoted(s.path)))
}

// write writes over what is there; owner and mode stay with the file.
func (s *saving) write(ctx context.Context) error {
	w, err := s.fs.Write(ctx, s.path, fsys.WriteOptions{})
	if err != nil {
		return err
	}
	_, err = w.Write(s.data)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

func (s *saving) saved(ctx context.Context, note string) (Saved, error) {
	e, err := s.fs.Stat(ctx, s.path, false)
	if err == nil && e.Mode != s.old.Mode { // a write clears setuid and setgid
		if s.fs.Chmod(ctx, s.path, s.old.Mode) == nil {
			e.Mode = s.old.Mode
		}
	}
	return Saved{Entry: e, Note: note}, err
}
