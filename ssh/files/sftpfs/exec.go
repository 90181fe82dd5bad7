package sftpfs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"porthole/ssh/wire"
)

const (
	// probeWait is how long the device may take to say which tools it has.
	probeWait = 5 * time.Second
	// maxAnswer bounds what a command's output is read of, in bytes.
	maxAnswer = 64 << 10
	// toolsMark begins the answer: what a shell prints at every start comes before it.
	toolsMark = "porthole-tools:"
)

// tools are the commands that SFTP has no request for; "" where the device has none.
type tools struct {
	hash string
	part bool // head -c
	gzip bool
}

// findTools asks for them over exec. A device that forbids exec has none.
func (f *files) findTools(ctx context.Context) tools {
	if f.peer.Exec == nil {
		return tools{}
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	out, err := f.run(ctx, `echo "`+toolsMark+`"; for t in sha256sum shasum openssl busybox head tail gzip; do `+
		`command -v $t >/dev/null 2>&1 && echo "$t"; done; true`)
	_, list, ok := strings.Cut(string(out), toolsMark)
	if err != nil || !ok {
		return tools{}
	}
	has := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		has[name] = true
	}
	t := tools{part: has["head"], gzip: has["gzip"] && has["head"] && has["tail"]}
	switch {
	case has["sha256sum"]:
		t.hash = "sha256sum"
	case has["shasum"]:
		t.hash = "shasum -a 256"
	case has["openssl"]:
		t.hash = "openssl dgst -sha256 -r"
	case has["busybox"]:
		t.hash = "busybox sha256sum"
	}
	return t
}

// run runs a script of sh without single quotes, and gives its output.
func (f *files) run(ctx context.Context, script string) ([]byte, error) {
	// Whatever the SSH user's shell is, nothing in this is special to it.
	ch, err := f.peer.Exec(ctx, "sh -c '"+script+"'")
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = ch.Close() })
	defer stop()
	defer func() { _ = ch.Close() }() // all that matters was read
	_ = ch.CloseWrite()               // it reads nothing
	f.work(func() { _, _ = io.Copy(io.Discard, ch.Stderr()) })
	out, err := io.ReadAll(io.LimitReader(ch.Stdout(), maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	status, err := ch.Wait(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for the end: %w", err)
	}
	if status != 0 {
		return nil, fmt.Errorf("exit status %d", status)
	}
	return out, nil
}

// variable sets p to a path of any bytes, spelt so that no shell takes any of them for
// its own: see printf(1). The dot keeps newlines at its end.
func variable(p string) string {
	var b strings.Builder
	b.WriteString(`p=$(printf "`)
	for i := range len(p) {
		c := p[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '.' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	b.WriteString(`."); p=${p%.}; `)
	return b.String()
}

// Hash implements fsys.FS.
func (f *files) Hash(ctx context.Context, p string, length int64) (string, error) {
	t := f.tools
	if t.hash == "" || length >= 0 && !t.part {
		return "", failure(wire.CodeUnsupported, nil, "The device has no tool that hashes files.")
	}
	e, err := f.stat(ctx, p, true)
	if err != nil {
		return "", f.explain(ctx, "read", p, err)
	}
	if err := regular(p, e); err != nil {
		return "", err
	}
	script := variable(f.absolute(p)) + `[ -r "$p" ] || exit 3; `
	if length >= 0 {
		script += fmt.Sprintf(`head -c %d <"$p" | %s`, length, t.hash)
	} else {
		script += t.hash + ` <"$p"`
	}
	out, err := f.run(ctx, script)
	if ctx.Err() != nil {
		return "", explained(ctx, err)
	}
	if fields := bytes.Fields(out); err == nil && len(fields) > 0 && isHash(fields[0]) {
		return string(fields[0]), nil
	}
	return "", failure(wire.CodeUnsupported, err, "The device could not hash %s.", quoted(p))
}

// isHash says whether b is a SHA-256 in lower-case hex.
func isHash(b []byte) bool {
	return len(b) == 64 && len(bytes.Trim(b, "0123456789abcdef")) == 0
}
