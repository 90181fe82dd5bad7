package shellfs

import (
	"context"
	"io"
	"strings"
	"testing"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

// told is a channel that has said all it says.
type told struct{ out io.Reader }

func (told) Write(p []byte) (int, error)       { return len(p), nil }
func (told) CloseWrite() error                 { return nil }
func (c told) Stdout() io.Reader               { return c.out }
func (told) Stderr() io.Reader                 { return strings.NewReader("") }
func (told) Wait(context.Context) (int, error) { return 0, nil }
func (told) Close() error                      { return nil }

func FuzzWorkerAnswer(f *testing.F) {
	for _, said := range []string{"out\nMARK=0 MARK=\n", "MARK=1 rm: no\nMARK=\nMARK=0 MARK=\n", "outMARK=", "MARK=\n", "MARK= x MARK=\n", "outMARK=99999999999999999999 MARK=\n"} {
		f.Add(strings.ReplaceAll(said, "MARK", testMark))
	}
	f.Fuzz(func(t *testing.T, said string) {
		ch, err := posix.Start(t.Context(), fsys.Peer{Exec: func(context.Context, string) (fsys.Channel, error) {
			return told{strings.NewReader("noise\n" + testMark + "\n" + said)}, nil
		}}, testMark, "")
		if err != nil {
			t.Fatal(err)
		}
		answer, _, stderr, err := (&worker{ch: ch}).answer(testMark)
		if err == nil && (!strings.HasPrefix(said, string(answer)+testMark+"=") || !strings.Contains(said, stderr+testMark+"=\n")) {
			t.Errorf("%q is read as %q with %q", said, answer, stderr)
		}
	})
}

func FuzzStatOfOnePath(f *testing.F) {
	for _, about := range []string{"81a4/5/1614834367/0/0/root/root/./a/", "a1ff/4/1/0/0/u/g/'./a' -> 'x'/", "-rw-r--r-- 1 0 0 5 Nov 22 07:18 ./a\n1700000000/", "", "/", "\n/"} {
		f.Add(about)
	}
	f.Fuzz(func(t *testing.T, about string) {
		for _, has := range []tools{{"stat": true}, {"stat": true, quotesTargets: true}, {}} {
			e, err := (&files{tools: has}).readOne("a", about)
			if err == nil && (e.Name != "a" || e.Size < 0 || e.Mode > fsys.ModeBits || e.Type == "") {
				t.Errorf("%q is read as %+v", about, e)
			}
		}
	})
}
