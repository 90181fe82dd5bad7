package sftpfs

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
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
	dd   bool
	gzip bool
}

// findTools asks for them over exec. A device that forbids exec has none.
func (f *files) findTools(ctx context.Context) tools {
	if f.peer.Exec == nil {
		return tools{}
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	var out []byte
	err := f.run(ctx, `echo "`+toolsMark+`"; for t in sha256sum shasum openssl busybox head tail gzip dd; do `+
		`command -v $t >/dev/null 2>&1 && echo "$t"; done; true`, kept(&out))
	_, list, ok := strings.Cut(string(out), toolsMark)
	if err != nil || !ok {
		return tools{}
	}
	has := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		has[name] = true
	}
	t := tools{part: has["head"], dd: has["dd"], gzip: has["gzip"] && has["head"] && has["tail"]}
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

// kept reads up to maxAnswer bytes into answer.
func kept(answer *[]byte) func(io.Reader) error {
	return func(out io.Reader) (err error) {
		*answer, err = io.ReadAll(io.LimitReader(out, maxAnswer))
		return err
	}
}

// run runs a script of sh without single quotes; read takes its output.
func (f *files) run(ctx context.Context, script string, read func(out io.Reader) error) error {
	// Whatever the SSH user's shell is, nothing in this is special to it.
	ch, err := f.peer.Exec(ctx, "sh -c '"+script+"'")
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = ch.Close() })
	defer stop()
	defer func() { _ = ch.Close() }() // all that matters was read
	_ = ch.CloseWrite()               // it reads nothing
	f.work(func() { _, _ = io.Copy(io.Discard, ch.Stderr()) })
	if err := read(ch.Stdout()); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	status, err := ch.Wait(ctx)
	if err != nil {
		return fmt.Errorf("wait for the end: %w", err)
	}
	if status != 0 {
		return fmt.Errorf("exit status %d", status)
	}
	return nil
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
