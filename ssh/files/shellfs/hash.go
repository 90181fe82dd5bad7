package shellfs

import (
	"context"
	"strings"

	"porthole/ssh/files/posix"
)

func (f *files) Hash(ctx context.Context, path string, length int64) (string, error) {
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
	command := "exec " + tool
	if length >= 0 {
		command = "{ " + f.copyRange(0, length) + "; } | " + tool
	}
	p, err := f.start(ctx, regular(path)+posix.Guarded("{ "+command+"; } <"+posix.Arg(path)))
	if err != nil {
		return "", err
	}
	return o.hash(p)
}

func (o operation) hash(p *process) (string, error) {
	answer := make([]byte, 0, 256)
	for buf := make([]byte, 256); len(answer) < cap(answer); {
		n, err := p.Read(buf[:cap(answer)-len(answer)])
		answer = append(answer, buf[:n]...)
		if err != nil {
			break // finish knows why
		}
	}
	status, stderr, err := p.finish()
	if err != nil {
		return "", err
	}
	if status != 0 {
		return "", o.failure(status, stderr)
	}
	// Some write "\" first, others the name behind.
	sum, _, _ := strings.Cut(strings.TrimPrefix(string(answer), `\`), " ")
	if sum = strings.TrimSpace(sum); len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
		return "", o.failure(exitUnsupported, sum)
	}
	return sum, nil
}
