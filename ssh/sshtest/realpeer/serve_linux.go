package realpeer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// accept starts a server process for each connection until Close.
func (p *Peer) accept() {
	for {
		c, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			_, _ = fmt.Fprintf(p.log, "realpeer: accept: %v\n", err)
			select {
			case <-time.After(50 * time.Millisecond): // out of file descriptors, say
				continue
			case <-p.life.Done():
				return
			}
		}
		p.work.Go(func() {
			if err := p.serve(c); err != nil {
				_, _ = fmt.Fprintf(p.log, "realpeer: %v\n", err)
			}
		})
	}
}

// serve hands one connection to a server process, and returns when that has ended.
func (p *Peer) serve(c net.Conn) error {
	defer func() { _ = c.Close() }() // the process has its own
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return fmt.Errorf("a connection of type %T", c)
	}
	socket, err := tcp.File()
	if err != nil {
		return fmt.Errorf("take socket: %w", err)
	}
	defer func() { _ = socket.Close() }() // likewise
	// Servers started by inetd expect a blocking socket; File leaves it so or not,
	// depending on the version of Go.
	if err := syscall.SetNonblock(int(socket.Fd()), false); err != nil {
		return fmt.Errorf("prepare socket: %w", err)
	}
	cmd := exec.Command(p.command[0], p.command[1:]...) //nolint:noctx // found by Start; ended by kill below
	cmd.Env, cmd.Dir = p.environ, p.dir
	cmd.Stdin, cmd.Stdout = socket, socket
	// A file, not a writer of ours: a program that outlives its session would hold a
	// pipe open, and Wait with it.
	logFile, err := os.CreateTemp(p.dir, "log-")
	if err != nil {
		return fmt.Errorf("make log: %w", err)
	}
	defer func() { _ = logFile.Close() }() // read below
	cmd.Stderr = logFile
	// When this process dies, so does the server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	_ = socket.Close()
	_ = c.Close()
	stop := context.AfterFunc(p.life, func() { killTree(cmd.Process.Pid) })
	_ = cmd.Wait() // servers end with 255 when a client just goes
	stop()
	if text, err := os.ReadFile(logFile.Name()); err == nil {
		_, _ = p.log.Write(text)
	}
	return nil
}

// killTree kills a process and all its descendants, those in sessions of their own too.
// The process must not have been reaped.
func killTree(root int) {
	tree := map[int]bool{root: true}
	// Parents may be listed behind their children: repeat until nothing is added.
	for parents, grew := parentsOf(), true; grew; {
		grew = false
		for pid, parent := range parents {
			if tree[parent] && !tree[pid] {
				tree[pid], grew = true, true
			}
		}
	}
	for pid := range tree {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
	}
}

// parentsOf maps every process to its parent, from /proc/PID/stat (proc(5)): the fourth
// field, the second behind the name in parentheses.
func parentsOf() map[int]int {
	parents := map[int]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return parents
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		text := string(stat)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			parents[pid] = parent
		}
	}
	return parents
}
