package sshtest

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// waitExit returns when the child has ended, and leaves it unreaped: until it is, its
// process id, and so its session's, belongs to nobody else.
func waitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// sessionGroups lists the process groups of a session that have a living process.
func sessionGroups(session int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return []int{session}
	}
	var groups []int
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		if group, sid, alive := parseStat(stat); alive && sid == session && !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	return groups
}

// parseStat reads process group and session of /proc/PID/stat (proc(5)): after the name,
// which is in parentheses and may hold any character, come state, parent, group, session.
func parseStat(stat []byte) (group, session int, alive bool) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, 0, false
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 4 {
		return 0, 0, false
	}
	group, errGroup := strconv.Atoi(fields[2])
	session, errSession := strconv.Atoi(fields[3])
	if errGroup != nil || errSession != nil || group <= 1 {
		return 0, 0, false
	}
	return group, session, fields[0] != "Z" && fields[0] != "X"
}

// killSession signals every process group of the session that this child leads. The
// child must not have been reaped.
func killSession(leader int, sig syscall.Signal) {
	for _, group := range sessionGroups(leader) {
		_ = syscall.Kill(-group, sig) // it may have ended meanwhile
	}
}

// endSession hangs up what the ended leader left in its session, and kills what is still
// there after grace.
func endSession(leader int, grace time.Duration) {
	deadline := time.Now().Add(grace)
	for sig := syscall.SIGHUP; len(sessionGroups(leader)) > 0; {
		killSession(leader, sig)
		if sig == syscall.SIGHUP {
			killSession(leader, syscall.SIGCONT) // a stopped process cannot end
		}
		time.Sleep(5 * time.Millisecond)
		if time.Now().After(deadline) {
			sig = syscall.SIGKILL
		}
	}
}
