package posix_test

import (
	"strings"
	"testing"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

func FuzzReadDigest(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	for _, answer := range []string{"", sum, sum + "  -\n", "\\" + sum + " *stdin\n" + sum + "  -\n", "sha256sum: -: Input/output error\n", sum + "\n\n"} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		digest, err := posix.ReadDigest(strings.NewReader(answer))
		if err != nil {
			return
		}
		hash := strings.TrimPrefix(digest, fsys.PiecesPrefix)
		if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
			t.Errorf("%q is taken for the digest %q", answer, digest)
		}
	})
}
