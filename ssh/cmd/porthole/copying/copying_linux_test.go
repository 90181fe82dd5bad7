package copying

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// silent is a meter that nobody looks at.
type silent struct{}

func (silent) Begin(string, int64) {}
func (silent) Had(int64)           {}
func (silent) Add(int64)           {}

// noted are the sentences of a copy.
type noted struct {
	mu    sync.Mutex
	lines []string
}

func (n *noted) note(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

func (n *noted) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "; ")
}

// device is this machine's files as a device, below a folder of the test's own.
func device(t *testing.T, change func(*fstest.Machine)) (c *Copier, home string, notes *noted) {
	t.Helper()
	home = t.TempDir()
	machine := fstest.Machine{
		Shell: []string{"/bin/sh", "-c"}, SFTP: []string{"/usr/lib/openssh/sftp-server"}, Dir: home,
		Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home},
	}
	if change != nil {
		change(&machine)
	}
	fs, err := files.Open(t.Context(), machine.Peer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	notes = &noted{}
	return &Copier{FS: fs, Meter: silent{}, Note: notes.note}, home, notes
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// randomTree makes files and folders with names of every kind.
func randomTree(t *testing.T, r *rand.Rand, root string) {
	t.Helper()
	names := []string{"plain", "two words", "-rf", "'quote\"", "$HOME", "ünïcode", "new\nline", "*", "a\\b", ".hidden", strings.Repeat("n", 200)}
	dirs := []string{root}
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		path := filepath.Join(dirs[r.IntN(len(dirs))], fmt.Sprintf("%s%d", names[r.IntN(len(names))], i))
		switch r.IntN(5) {
		case 0:
			if err := os.Mkdir(path, 0o750); err != nil {
				t.Fatal(err)
			}
			if len(dirs) < 8 {
				dirs = append(dirs, path)
			}
		case 1:
			if err := os.Symlink("plain", path); err != nil {
				t.Fatal(err)
			}
		default:
			data := make([]byte, []int{0, 1, 1000, 300_000}[r.IntN(4)])
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			if err := os.WriteFile(path, data, []fs.FileMode{0o600, 0o644, 0o755}[r.IntN(3)]); err != nil {
				t.Fatal(err)
			}
		}
		old := time.Unix(1_600_000_000+int64(i), 0)
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink == 0 {
			_ = os.Chtimes(path, old, old)
		}
	}
}

// describe lists a tree with all that a copy keeps; times are kept with Preserve alone.
func describe(t *testing.T, root string, times bool) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%q %s", name, info.Mode())
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			fmt.Fprintf(&b, " -> %q", target)
		case info.Mode().IsRegular():
			text, _ := os.ReadFile(path)
			fmt.Fprintf(&b, " %d %x", len(text), sha256.Sum256(text))
			if times {
				fmt.Fprintf(&b, " %d", info.ModTime().Unix())
			}
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRandomTreesThereAndBackAreIdentical(t *testing.T) {
	for name, change := range map[string]func(*fstest.Machine){
		"sftp":  nil,
		"shell": func(m *fstest.Machine) { m.SFTP = nil },
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			c, _, notes := device(t, change)
			c.Recursive, c.Preserve = true, true
			from, back := filepath.Join(t.TempDir(), "tree"), filepath.Join(t.TempDir(), "back")
			randomTree(t, rand.New(rand.NewPCG(seed, 1)), from)
			if err := c.Upload(t.Context(), from, "there"); err != nil {
				t.Fatalf("there: %v %s", err, notes)
			}
			if err := c.Download(t.Context(), "there", back); err != nil {
				t.Fatalf("back: %v %s", err, notes)
			}
			if got, want := describe(t, back, true), describe(t, from, true); got != want {
				t.Errorf("came back as\n%s\nwas\n%s", got, want)
			}
			again := filepath.Join(t.TempDir(), "again")
			if err := c.Upload(t.Context(), from, "there"); err != nil { // into it, over nothing
				t.Fatalf("once more: %v %s", err, notes)
			}
			if err := c.Download(t.Context(), "there/tree", again); err != nil {
				t.Fatal(err)
			}
			if got, want := describe(t, again, true), describe(t, from, true); got != want {
				t.Errorf("the second time it came back as\n%s\nwas\n%s", got, want)
			}
		})
	}
}

func TestNothingIsWrittenThroughALinkOutOfTheFolder(t *testing.T) {
	c, home, notes := device(t, nil)
	c.Recursive = true
	write(t, filepath.Join(home, "tree/sub/file"), "evil")
	if err := os.Symlink("/etc/passwd", filepath.Join(home, "tree/absolute")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../..", filepath.Join(home, "tree/up")); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	target := filepath.Join(t.TempDir(), "tree")
	if err := os.MkdirAll(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(target, "sub")); err != nil {
		t.Fatal(err)
	}
	if err := c.Download(t.Context(), "tree", filepath.Dir(target)); err == nil {
		t.Error("a folder that is a link here was written through without an error")
	}
	if found, _ := os.ReadDir(outside); len(found) > 0 {
		t.Errorf("written outside: %v", found)
	}
	for _, name := range []string{"absolute", "up"} {
		if _, err := os.Lstat(filepath.Join(target, name)); err == nil {
			t.Errorf("the link %q, which leads out, was made", name)
		}
	}
	if notes.String() == "" {
		t.Error("nothing was said of what was left out")
	}
}

// Each of two links stays within the folder by its own words, and together they lead out.
func TestLinksThatLeadOutTogetherAreLeftOut(t *testing.T) {
	c, home, notes := device(t, nil)
	c.Recursive = true
	write(t, filepath.Join(home, "tree/a/b/file"), "text")
	for name, target := range map[string]string{"tree/a/b/home": "../..", "tree/out": "a/b/home/../x", "tree/fine": "a/b/file", "tree/a/up": "../a/b"} {
		if err := os.Symlink(target, filepath.Join(home, name)); err != nil {
			t.Fatal(err)
		}
	}
	here := t.TempDir()
	if err := c.Download(t.Context(), "tree", here); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a/b/home": true, "out": false, "fine": true, "a/up": true} {
		if _, err := os.Lstat(filepath.Join(here, "tree", name)); (err == nil) != want {
			t.Errorf("the link %q: %v, want it: %t", name, err, want)
		}
	}
	if !strings.Contains(notes.String(), `"out" leads out of the folder`) {
		t.Errorf("said: %s", notes)
	}
}

// A hostile device lists a link, and then what would be in it.
func TestALinkBelowALinkIsLeftOut(t *testing.T) {
	c, _, notes := device(t, nil)
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	tr := &tree{failures: failures{c: c}, root: root, remote: "tree"}
	tr.mkdir("a", fsys.Entry{Mode: 0o755})
	tr.link("a/b", fsys.Entry{Target: ".."})
	tr.link("a/b/out", fsys.Entry{Target: "../.."})
	if _, err := os.Lstat(filepath.Join(folder, "out")); err == nil || !strings.Contains(notes.String(), "leads out") {
		t.Errorf("the link was made; said: %s", notes)
	}
}

func TestResumingComparesWhatIsThere(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	for _, tt := range []struct {
		name   string
		change func(*fstest.Machine)
		part   string
		moved  int64 // bytes that must move at most
	}{
		{"by hash", nil, text[:150_000], 50_000},
		{"by its end", noHash, text[:150_000], 50_000},
		{"nothing there", nil, "", 200_000},
		{"another beginning", nil, "x" + text[1:150_000], 200_000},
		{"longer than the source", nil, text + "more", 200_000},
		{"another end", nil, text[:150_000] + "x", 200_000},
		{"complete", nil, text, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, home, _ := device(t, tt.change)
			c.Resume = true
			local := filepath.Join(t.TempDir(), "file")
			write(t, filepath.Join(home, "remote"), text)
			if tt.part != "" {
				write(t, c.localPart(local), tt.part)
			}
			meter := &moved{}
			c.Meter = meter
			if err := c.Download(t.Context(), "remote", local); err != nil {
				t.Fatal(err)
			}
			if content(t, local) != text {
				t.Error("download: not the same")
			}
			if n := meter.bytes.Swap(0); n > tt.moved {
				t.Errorf("download: %d bytes moved, want at most %d", n, tt.moved)
			}
			if tt.part != "" {
				write(t, filepath.Join(home, c.remotePart("up")), tt.part)
			}
			if err := c.Upload(t.Context(), local, "up"); err != nil {
				t.Fatal(err)
			}
			if content(t, filepath.Join(home, "up")) != text {
				t.Error("upload: not the same")
			}
			if n := meter.bytes.Load(); n > tt.moved {
				t.Errorf("upload: %d bytes moved, want at most %d", n, tt.moved)
			}
			if left, _ := filepath.Glob(filepath.Join(home, "*part*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// moved counts what moved.
type moved struct {
	silent
	bytes atomic.Int64
}

func (m *moved) Add(n int64) { m.bytes.Add(n) }

// broken is a stream that ends with an error.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = context.Canceled
	}
	return n, err
}

func TestACopyThatFailsLeavesNothingUnderTheName(t *testing.T) {
	c, home, _ := device(t, nil)
	write(t, filepath.Join(home, "there"), "old")
	if err := c.Send(t.Context(), broken{strings.NewReader("half")}, "there"); err == nil {
		t.Error("no error")
	}
	if got := content(t, filepath.Join(home, "there")); got != "old" {
		t.Errorf("got %q, want the old text", got)
	}
	found, _ := os.ReadDir(home)
	if len(found) != 1 {
		t.Errorf("left behind: %v", found)
	}
}

func TestASpecialFileIsWrittenToAndNeverReplaced(t *testing.T) {
	c, home, _ := device(t, nil)
	write(t, filepath.Join(home, "there"), "text")
	if err := c.Download(t.Context(), "there", os.DevNull); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s is %v, %v", os.DevNull, info.Mode(), err)
	}
	if err := c.Download(t.Context(), "/dev/zero", filepath.Join(t.TempDir(), "x")); fault.Of(err) != fault.Files {
		t.Errorf("an endless file: %v", err)
	}
	if err := c.Upload(t.Context(), write(t, filepath.Join(t.TempDir(), "x"), "x"), "/dev/null"); err == nil {
		t.Error("a device node was replaced")
	}
}
