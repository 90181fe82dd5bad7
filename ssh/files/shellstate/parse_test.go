package shellstate

import (
	"strings"
	"testing"
)

const testMark = "porthole-0123"

func stat(level, pid, name, group, session, terminal, foreground, started string) string {
	return level + " " + pid + " (" + name + ") S 1 " + group + " " + session + " " + terminal + " " + foreground +
		" 0 0 0 0 0 0 0 0 0 20 0 1 0 " + started + " 0 0\n" + testMark + "\n"
}

func TestTheShellStartedLastIsTaken(t *testing.T) {
	answer := stat("0", "10", "sh", "10", "10", "0", "-1", "900") + "/exec\n" + testMark + "\n" + // no terminal
		stat("0", "11", "a) S (b", "11", "11", "34817", "11", "100") + "/old\n" + testMark + "\n" +
		stat("0", "12", "ba\nsh", "12", "12", "34818", "50", "200") + "/new\nline\n" + testMark + "\n" +
		stat("0", "50", "vi", "50", "12", "34818", "50", "300") + "/vi\n" + testMark + "\n" + // leads no session
		stat("1", "13", "sh", "13", "13", "34819", "13", "999") + "/farther\n" + testMark + "\n"
	got, found := parse(answer, testMark)
	if want := (State{Directory: "/new\nline"}); !found || got != want {
		t.Errorf("got %+v, %v; want %+v", got, found, want)
	}
	if got, found := parse(stat("0", "11", "sh", "11", "11", "1", "11", "5")+"\n"+testMark+"\n", testMark); found {
		t.Errorf("a directory that is gone is %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(stat("0", "11", "sh", "11", "11", "1", "11", "5") + "/x\n" + testMark + "\n")
	f.Add("0 1 (\n" + testMark + "\n/\n" + testMark + "\n")
	f.Fuzz(func(t *testing.T, answer string) {
		state, found := parse(answer, testMark)
		if found != strings.HasPrefix(state.Directory, "/") {
			t.Errorf("%+v, %v", state, found)
		}
	})
}
