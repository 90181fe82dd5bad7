//go:build linux

package shellfs_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

// Whoever compares two digests must not care which tools made them.
func TestADeviceWithoutDDMakesTheSameDigests(t *testing.T) {
	const size = 2*fsys.PieceBytes + 12_345
	path := filepath.Join(home(t), "it's a file")
	if err := os.WriteFile(path, fstest.Noise(3, size), 0o600); err != nil {
		t.Fatal(err)
	}
	applets := tools(t, "busybox", "dd")
	ctx, with := openPeer(t, gnu(t).Peer())
	_, without := openPeer(t, fstest.Machine{
		Shell: []string{filepath.Join(applets, "sh"), "-c"}, Env: []string{"PATH=" + applets}, Dir: home(t),
	}.Peer())
	if missing := without.Info().Missing; !slices.Contains(missing, "dd") {
		t.Fatalf("it lacks %q alone", missing)
	}
	for _, length := range []int64{-1, 0, 1, fsys.PieceBytes, fsys.PieceBytes + 1, 2 * fsys.PieceBytes, size, size + 1} {
		want, err := with.Digest(ctx, path, length)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := without.Digest(ctx, path, length); err != nil || got != want {
			t.Errorf("the first %d bytes: got %q, %v; want %q", length, got, err, want)
		}
	}
}
