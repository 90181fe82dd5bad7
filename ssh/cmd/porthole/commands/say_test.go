package commands

import (
	"strings"
	"testing"

	"porthole/ssh/cmd/porthole/output"
	"porthole/ssh/files/fsys"
)

func TestNothingThatIsSaidMovesTheCursor(t *testing.T) {
	var shown strings.Builder
	a := &app{err: &shown}
	a.say("the device refused: %s", "a\x1b[2J\u009b31m\u202eb\r\x7f\xff ünï\nc")
	if got := shown.String(); strings.ContainsAny(got, "\x1b\u009b\u202e\r\x7f") || !strings.Contains(got, "ünï\nc\n") {
		t.Errorf("the person reads %q", got)
	}
}

func TestOwnersAreShownAsText(t *testing.T) {
	var shown strings.Builder
	a := &app{out: &shown}
	evil := "ro\x1b[2Jot\u009b31m"
	if err := a.writeList(output.Table, []listed{rowOf(fsys.Entry{Type: fsys.File, Owner: evil, Group: evil, Target: evil}, "x")}, true); err != nil {
		t.Fatal(err)
	}
	if got := shown.String(); strings.ContainsAny(got, "\x1b\u009b") || !strings.Contains(got, `ro\x1b[2Jot`) {
		t.Errorf("ls shows %q", got)
	}
}
