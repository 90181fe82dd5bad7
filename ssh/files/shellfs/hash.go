package shellfs

import (
	"context"
	"io"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

// Hash implements fsys.FS.
func (f *files) Hash(ctx context.Context, path string, length int64) (string, error) {
	return f.hashing(ctx, path, func(tool string) string {
		if length >= 0 {
			return "{ " + f.copyRange(0, length) + "; } | " + tool
		}
		return "exec " + tool
	}, func(out io.Reader) (string, error) {
		answer, err := io.ReadAll(io.LimitReader(out, maxHash))
		if err != nil {
			return "", err
		}
		hash, ok := posix.HashOf(answer)
		if !ok {
			return "", posix.ErrNoHash
		}
		return hash, nil
	})
}

// maxHash bounds what is read of a hash tool's line, in bytes.
const maxHash = 256

// Digest implements fsys.FS.
func (f *files) Digest(ctx context.Context, path string, length int64) (string, error) {
	script := func(tool string) string {
		return posix.PieceHashes(tool, length, func(left int64) string { return f.copyRange(0, left) })
	}
	if !f.tools["dd"] {
		e, err := f.Stat(ctx, path, true)
		if err != nil {
			return "", err
		}
		if length < 0 || length > e.Size {
			length = e.Size
		}
		if length > maxSpelt*fsys.PieceBytes {
			return "", operation{"hashed", path}.failure(exitUnsupported, "")
		}
		script = func(tool string) string { return f.spelt(tool, path, length) }
	}
	return f.hashing(ctx, path, script, posix.ReadDigest)
}

// maxSpelt bounds the pieces that a script spells out, one by one.
const maxSpelt = 256

// spelt hashes piece by piece where nothing moves an offset that is shared: a command for
// each, as not every shell counts to more than 2 GiB.
func (f *files) spelt(tool, path string, length int64) string {
	script := strings.Builder{}
	script.WriteString(":")
	for at := int64(0); at < length; at += fsys.PieceBytes {
		piece := f.copyRange(at, min(length-at, fsys.PieceBytes))
		script.WriteString("; { " + piece + "; } <" + posix.Arg(path) + " | " + tool)
	}
	return script.String()
}

// hashing runs the script that a tool makes over a file, and reads its answer.
func (f *files) hashing(
	ctx context.Context, path string, script func(tool string) string, read func(out io.Reader) (string, error),
) (string, error) {
	o := operation{"hashed", path}
	if err := checkPaths(path); err != nil {
		return "", err
	}
	tool := "sha256sum"
	switch {
	case f.tools["sha256sum"]:
	case f.tools["openssl"]:
		tool = "openssl dgst -sha256 -r"
	default:
		return "", o.failure(exitUnsupported, "")
	}
	p, err := f.start(ctx, regular(path)+posix.Guarded("{ "+script(tool)+"; } <"+posix.Arg(path)))
	if err != nil {
		return "", err
	}
	sum, wrong := read(p)
	status, stderr, err := p.finish()
	switch {
	case err != nil:
		return "", err
	case status != 0:
		return "", o.failure(status, stderr)
	case wrong != nil:
		return "", o.failure(exitUnsupported, "")
	}
	return sum, nil
}
