package shellstate

import (
	"strconv"
	"strings"
)

// shell is a process that leads the session of a terminal.
type shell struct {
	level   int // how far above the script its parent is
	started uint64
	state   State
}

// parse reads the records of [script].
func parse(answer, mark string) (State, bool) {
	records := strings.Split(answer, mark+"\n")
	var best shell
	found := false
	for i := 0; i+1 < len(records); i += 2 {
		s, ok := readStat(records[i])
		s.state.Directory = strings.TrimSuffix(records[i+1], "\n")
		if !ok || !strings.HasPrefix(s.state.Directory, "/") || strings.IndexByte(s.state.Directory, 0) >= 0 {
			continue
		}
		if !found || s.level < best.level || s.level == best.level && s.started > best.started {
			best, found = s, true
		}
	}
	return best.state, found
}

// readStat reads a level and a line of proc_pid_stat(5); false when the process leads no
// session with a terminal. The second field is a name between parentheses that may hold
// anything, parentheses and line feeds too.
func readStat(record string) (shell, bool) {
	level, stat, _ := strings.Cut(record, " ")
	pid, rest, _ := strings.Cut(stat, " ")
	end := strings.LastIndexByte(rest, ')')
	if end < 0 {
		return shell{}, false
	}
	// From the third field on.
	const group, session, terminal, foreground, started, n = 2, 3, 4, 5, 19, 20
	fields := strings.Fields(rest[end+1:])
	if len(fields) < n {
		return shell{}, false
	}
	s := shell{state: State{AtPrompt: fields[foreground] == fields[group]}}
	var err error
	if s.level, err = strconv.Atoi(level); err != nil {
		return shell{}, false
	}
	if s.started, err = strconv.ParseUint(fields[started], 10, 64); err != nil {
		return shell{}, false
	}
	return s, fields[terminal] != "0" && fields[session] == pid && pid != ""
}
