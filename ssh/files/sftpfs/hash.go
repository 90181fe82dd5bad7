package sftpfs

import (
	"context"
	"errors"
	"fmt"
	"io"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// Hash implements fsys.FS.
func (f *files) Hash(ctx context.Context, p string, length int64) (string, error) {
	t := f.tools
	if t.hash == "" || length >= 0 && !t.part {
		return "", noHash()
	}
	script := t.hash
	if length >= 0 {
		script = head(length) + " | " + t.hash
	}
	var answer []byte
	err := f.hashing(ctx, p, script, kept(&answer))
	if err != nil {
		return "", err
	}
	hash, ok := posix.HashOf(answer)
	if !ok {
		return "", failure(wire.CodeUnsupported, nil, "The device could not hash %s.", quoted(p))
	}
	return hash, nil
}

// Digest implements fsys.FS.
func (f *files) Digest(ctx context.Context, p string, length int64) (string, error) {
	t := f.tools
	if t.hash == "" || !t.dd || length >= 0 && !t.part {
		return "", noHash()
	}
	var digest string
	err := f.hashing(ctx, p, posix.PieceHashes(t.hash, length, head), func(out io.Reader) (err error) {
		digest, err = posix.ReadDigest(out)
		return err
	})
	return digest, err
}

func head(length int64) string { return fmt.Sprintf("head -c %d", length) }

func noHash() error {
	return failure(wire.CodeUnsupported, nil, "The device has no tool that hashes files.")
}

// hashing runs a script over a file on its standard input.
func (f *files) hashing(ctx context.Context, p, script string, read func(out io.Reader) error) error {
	e, err := f.stat(ctx, p, true)
	if err != nil {
		return f.explain(ctx, "read", p, err)
	}
	if err := regular(p, e); err != nil {
		return err
	}
	err = f.run(ctx, variable(f.absolute(p))+`[ -r "$p" ] || exit 3; { `+script+`; } <"$p"`, read)
	if err == nil {
		return nil
	}
	// What is no answer about the tool: the connection's end, which says so itself.
	var ended connectionError
	if ctx.Err() != nil || errors.As(err, &ended) && !fsys.Refused(err) {
		return explained(ctx, err)
	}
	return failure(wire.CodeUnsupported, err, "The device could not hash %s.", quoted(p))
}
