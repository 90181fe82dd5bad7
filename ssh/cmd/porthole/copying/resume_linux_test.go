package copying

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fstest"
)

// shellOnly is a device without SFTP, noHash one without a tool for SHA-256.
func shellOnly(m *fstest.Machine) { m.SFTP = nil }
func noHash(m *fstest.Machine)    { m.Shell = nil }

// plant makes files of every size, the largest of them as told, and gives their bytes.
func plant(t *testing.T, root string, largest int) (bytes int64) {
	t.Helper()
	r := rand.NewChaCha8([32]byte{})
	for name, size := range map[string]int{"a/large": largest, "a/b/middle": 700_000, "empty": 0, "z": 900_000, "l/one": 1} {
		data := make([]byte, size)
		_, _ = r.Read(data) // never fails
		write(t, filepath.Join(root, name), string(data))
		bytes += int64(size)
	}
	for i := range 40 {
		write(t, filepath.Join(root, "small", strings.Repeat("n", i+1)), strings.Repeat(string(rune('a'+i%26)), 5000))
		bytes += 5000
	}
	return bytes
}

func TestATreeThatWasCutGoesOnAndLittleComesTwice(t *testing.T) {
	const parts, window = 6, 2 << 20 // what may be under way, and is lost by a cut
	for name, change := range map[string]func(*fstest.Machine){"sftp": nil, "shell": shellOnly} {
		for _, up := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " up", false: " down"}[up], func(t *testing.T) {
				from, to := filepath.Join(t.TempDir(), "tree"), filepath.Join(t.TempDir(), "copy")
				size := plant(t, from, 20<<20)
				var passed atomic.Int64
				cuts := 0
				for {
					c, _, notes := device(t, func(m *fstest.Machine) {
						if change != nil {
							change(m)
						}
						cutting(size/parts, &passed)(m)
					})
					c.Recursive, c.Resume = true, true
					var err error
					if up {
						err = c.Upload(t.Context(), from, to)
					} else {
						err = c.Download(t.Context(), from, to)
					}
					if err == nil {
						break
					}
					if _, lerr := os.Lstat(to); lerr == nil {
						t.Fatal("a tree that is not whole has its name")
					}
					if fault.Of(err) == fault.Files || fault.Of(err) == fault.Local {
						t.Fatalf("a cut is told as %v; %s", err, notes)
					}
					if cuts++; cuts > 4*parts {
						t.Fatalf("no end after %d cuts: %v; %s", cuts, err, notes)
					}
				}
				if cuts < parts/2 {
					t.Errorf("only %d cuts", cuts)
				}
				if got, want := describe(t, to, false), describe(t, from, false); got != want {
					t.Errorf("arrived as\n%s\nwas\n%s", got, want)
				}
				if more, most := passed.Load()-size, int64(cuts+1)*window; more > most {
					t.Errorf("%d bytes passed more than the %d of the files, over %d cuts; want at most %d", more, size, cuts, most)
				}
				t.Logf("%d cuts, %d bytes passed for %d", cuts, passed.Load(), size)
				if left := partsBelow(t, filepath.Dir(to)); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}

// partsBelow are part files below a folder.
func partsBelow(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), ".part-") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsThereAndTheSameDoesNotComeAgain(t *testing.T) {
	for name, change := range map[string]func(*fstest.Machine){"by hash": nil, "by size and end": noHash} {
		for _, up := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " up", false: " down"}[up], func(t *testing.T) {
				c, _, notes := device(t, change)
				meter := &moved{}
				c.Recursive, c.Resume, c.Meter = true, true, meter
				from, to := filepath.Join(t.TempDir(), "tree"), t.TempDir()
				size := plant(t, from, 3<<20)
				copyOnce := func() {
					t.Helper()
					var err error
					if up {
						err = c.Upload(t.Context(), from, to)
					} else {
						err = c.Download(t.Context(), from, to)
					}
					if err != nil {
						t.Fatalf("%v; %s", err, notes)
					}
				}
				copyOnce()
				if n := meter.bytes.Swap(0); n != size {
					t.Errorf("%d bytes moved at first, want %d", n, size)
				}
				// Of the same size, and different at the end: that alone comes again.
				text := []byte(content(t, filepath.Join(from, "z")))
				text[len(text)-1]++
				write(t, filepath.Join(from, "z"), string(text))
				copyOnce()
				if n := meter.bytes.Load(); n != int64(len(text)) {
					t.Errorf("%d bytes moved again, want the %d of the file that changed", n, len(text))
				}
				if content(t, filepath.Join(to, "tree/z")) != string(text) {
					t.Error("the change did not come")
				}
				if told := strings.Contains(notes.String(), "compared by size"); told != (name != "by hash") {
					t.Errorf("told: %s", notes)
				}
			})
		}
	}
}

func TestWhatACutLeftWithHolesIsTakenUpToThem(t *testing.T) {
	c, home, _ := device(t, nil)
	c.Resume = true
	text := strings.Repeat("0123456789abcdef", 20<<16)
	part := []byte(text[:18<<20])
	clear(part[17<<20 : 17<<20+1000])
	write(t, filepath.Join(home, "remote"), text)
	local := filepath.Join(t.TempDir(), "file")
	write(t, c.localPart(local), string(part))
	meter := &moved{}
	c.Meter = meter
	if err := c.Download(t.Context(), "remote", local); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, c.remotePart("up")), string(part))
	if err := c.Upload(t.Context(), local, "up"); err != nil {
		t.Fatal(err)
	}
	if content(t, local) != text || content(t, filepath.Join(home, "up")) != text {
		t.Error("not the same")
	}
	if n, most := meter.bytes.Load(), int64(2*18<<20); n > most {
		t.Errorf("%d bytes moved, want at most %d", n, most)
	}
}
