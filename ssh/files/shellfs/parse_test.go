package shellfs

import (
	"errors"
	"strings"
	"testing"
	"time"

	"porthole/ssh/files/fsys"
)

const testMark = "porthole-0123456789abcdef"

// parse reads a whole output.
func parse(p parser, output string) ([]fsys.Entry, error) {
	var entries []fsys.Entry
	l := &listing{parser: p, each: func(batch []fsys.Entry) error {
		entries = append(entries, batch...)
		return nil
	}}
	err := l.read(strings.NewReader(output), testMark)
	return entries, err
}

func fuzz(f *testing.F, newParser func() parser, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add(strings.ReplaceAll(seed, "MARK", testMark))
	}
	f.Fuzz(func(t *testing.T, output string) {
		entries, _ := parse(newParser(), output)
		for _, e := range entries {
			if !fsys.IsName(e.Name) || strings.ContainsAny(e.Name, "/\x00") {
				t.Errorf("name %q", e.Name)
			}
			if e.Size < 0 || e.Mode > fsys.ModeBits || e.UID < -1 || e.GID < -1 || e.Type == "" {
				t.Errorf("unsound entry %+v", e)
			}
			if e.Type == fsys.Link && e.TargetType == "" {
				t.Errorf("a link without a type: %+v", e)
			}
		}
	})
}

func FuzzFindOutput(f *testing.F) {
	fuzz(f, func() parser { return findParser{} },
		"a/f/f/644/5/1614834367.0000000000/0/0/root/root//MARK\nl/l/N/777/4/1.5/1/2/u/g/no\nwhere/x/MARK\n",
		"../d/d/755/0/0/0/0/r/r//MARK\n", "a/b/c\nMARK\n", "x/f/f/9/5/1/0/0/r/r//MARK\n")
}

func FuzzStatOutput(f *testing.F) {
	fuzz(f, func() parser { return &statParser{leads: map[string]fsys.Type{}} },
		"./l/81a4//MARK\n./a/81a4/5/1614834367/0/0/root/root/./a/MARK\n./l/a1ff/4/1/0/0/root/root/'./l' -> 'x'/MARK\n",
		"./-/41ed/0/0/4294967296/-1/?/UNKNOWN/./-/MARK\n", "./a/zz//MARK\n", "/81a4/5\nMARK\n")
}

func FuzzLsOutput(f *testing.F) {
	fuzz(f, func() parser { return &lsParser{leads: map[string]fsys.Type{}, now: time.Unix(1e9, 0)} },
		"T1700000000MARK\nLf./l/d./m/MARK\nN./a/./l/./b\n/MARK\nM"+
			"-rw-r--r--    1 0        0             12345 Nov 22 07:18 ./a\nlrwxrwxrwx    1 0        0                 1 Nov 22  2025 ./l -> a\nMARK\n"+
			"R./b\n/x\nMARK\nO./b\n/-rw-r--r-- 1 0 0 1 2026-11-22 07:18:25 +0000 ./b?\nMARK\n",
		"crw-rw-rw-    1 0        0            1,   3 Nov 22  2025 ./n\n", "N./a/MARK\nMsrwsrwsrwt 1 0 0 1,3 Feb 30 25:61 ./a\nMARK\n", "XMARK\n", "MARK\n", "O./aMARK\n")
}

func FuzzSpaceOutput(f *testing.F) {
	f.Add("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a b 100 40 60 40% /mnt/a b\n")
	f.Add("Filesystem 1K-blocks Used Available Use% Mounted on\noverlay\n  9007199254740993 1 9007199254740993 - /\n")
	f.Fuzz(func(t *testing.T, text string) {
		if space, ok := readSpace(text); ok && (space.Total < 0 || space.Free < 0) || !ok && space != (fsys.Space{}) {
			t.Errorf("%q is %+v, %v", text, space, ok)
		}
	})
}

func TestLinesOfLs(t *testing.T) {
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		want fsys.Entry
		rest string
	}{
		"-rw-r--r--    1 0        0             12345 Jan  9 07:18 ./a b": {
			fsys.Entry{Type: fsys.File, Size: 12345, Mode: 0o644, Modified: time.Date(2026, 1, 9, 7, 18, 0, 0, time.UTC)}, "./a b",
		},
		"-rwsr-sr-t  1 7 8 1 Dec 31 23:59 ./x": { // before the year began
			fsys.Entry{Type: fsys.File, Size: 1, Mode: 0o7755, UID: 7, GID: 8, Modified: time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC)}, "./x",
		},
		"drwxrwxrwT+ 2 0 0 4096 Feb 29  2024 ./ d": {
			fsys.Entry{Type: fsys.Dir, Size: 4096, Mode: 0o1776, Modified: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}, "./ d",
		},
		"crw-rw-rw-. 1 0 5 1, 3 2026-01-09 08:18:25.123456789 +0100 ./null": {
			fsys.Entry{Type: fsys.Char, Mode: 0o666, GID: 5, Modified: time.Date(2026, 1, 9, 7, 18, 25, 0, time.UTC)}, "./null",
		},
		"brw-rw---- 1 0 6 8,0 2026-01-09 08:18 ./sda": {
			fsys.Entry{Type: fsys.Block, Mode: 0o660, GID: 6, Modified: time.Date(2026, 1, 9, 8, 18, 0, 0, time.UTC)}, "./sda",
		},
	}
	for line, test := range tests {
		got, rest, ok := readLine(line, now)
		if !ok || got != test.want || rest != test.rest {
			t.Errorf("%q is read %v as %+v and %q", line, ok, got, rest)
		}
	}
	for _, line := range []string{"", "total 8", "-rw-r--r--", "-rw-r--r-- 1 0 0 5 Nov", "?rw-r--r-- 1 0 0 5 Nov 22 2025 x", "-rw-r--r-x 1 0 0 5 Xyz 22 2025 x", "-rwqr--r-- 1 0 0 5 Nov 22 2025 x"} {
		if got, _, ok := readLine(line, now); ok {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

// A link's target may hold what looks like the line of another entry.
func TestATargetForgesNoEntry(t *testing.T) {
	const forged = "\n-rw-r--r--    1 0        0    1 2020-01-01 00:00:00 +0000 ./z\n"
	p := &lsParser{leads: map[string]fsys.Type{}, now: time.Now()}
	entries, err := parse(p, "N./a/./z/"+testMark+"\nMlrwxrwxrwx 1 0 0 1 2026-01-01 00:00:00 +0000 ./a -> x"+forged+
		"-rw-r--r-- 1 0 0 99 2026-01-01 00:00:00 +0000 ./z\n"+testMark+"\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name == "z" {
			t.Errorf("one of two lines was taken: %+v", e)
		}
	}
	if len(p.missing) != 1 || p.missing[0] != "z" {
		t.Errorf("%q are asked for again, want z", p.missing)
	}
}

// endless never ends.
type endless struct {
	record string
	at     int // in record
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.record[e.at:])
	e.at = (e.at + n) % len(e.record)
	return n, nil
}

func TestAnEndlessListingEnds(t *testing.T) {
	for name, test := range map[string]struct {
		record string
		want   error
	}{
		"of entries": {"a/f/f/644/5/1/0/0/r/r//" + testMark + "\n", errEnough},
		"of targets": {"a/l/f/644/5/1/0/0/r/r/" + strings.Repeat("x", 60_000) + "/" + testMark + "\n", errEnough},
		"of garbage": {"garbage", nil},
	} {
		count := 0
		l := &listing{parser: findParser{}, each: func(batch []fsys.Entry) error {
			count += len(batch)
			return nil
		}}
		err := l.read(&endless{record: test.record}, testMark)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if count > fsys.MaxEntries {
			t.Errorf("%s: %d entries", name, count)
		}
	}
}

func TestTheReasonIsInTheToolsWords(t *testing.T) {
	for said, want := range map[string]string{
		"sh: 1: cannot create /x: Permission denied":                       "permission_denied",
		"cat: write error: No space left on device":                        "no_space",
		"dd: writing 'x': Disk quota exceeded\n1+0 records in":             "no_space",
		"touch: cannot touch '/a': Read-only file system":                  "read_only",
		"ls: /No space left on device: No such file or directory":          "not_found",
		"mv: can't rename 'a': Symbolic link loop":                         "link_loop",
		"mkdir: cannot create directory 'Permission denied': File exists.": "exists",
		"something else": "",
	} {
		if got := string(explain(said)); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}
