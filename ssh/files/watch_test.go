//go:build linux

package files_test

import (
	"context"
	"io"
	"os"
	"testing"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// tail -F opens whatever has the name by then.
func TestALinkInThePlaceOfAFollowedFileLeadsNowhere(t *testing.T) {
	backends(t, func(t *testing.T, shell bool) {
		m := machine(t)
		if shell {
			m.SFTP = nil
		}
		secret := makeFile(t, "one\ntwo\nthree\nfour\n", m.Dir, "closed", "secret")
		log := makeFile(t, "line\n", m.Dir, "open", "log")
		ctx, fs := open(t, m)
		limited := files.Limited(fs, files.Limits{ReadPaths: []string{m.Dir + "/open"}, MaxBytes: 2})
		ch, err := files.Follow(ctx, m.Peer(), limited, "open/log", 1)
		must(t, err)
		must(t, limited.Remove(ctx, log))
		must(t, limited.Symlink(ctx, secret, log))
		said, err := io.ReadAll(ch.Stdout())
		if err != nil || string(said) != "line\n" {
			t.Errorf("it said %q, %v", said, err)
		}
		_, err = ch.Wait(ctx)
		wantCode(t, "what followed it", err, wire.CodeNotAllowed)
		must(t, ch.Close())
	})
}

func TestALogThatNobodyMayChangeIsFollowedByTheDevice(t *testing.T) {
	m := machine(t)
	log := makeFile(t, "line\n", m.Dir, "open", "log")
	ctx, fs := open(t, m)
	peer := m.Peer()
	var commands []string
	exec := peer.Exec
	peer.Exec = func(ctx context.Context, command string) (fsys.Channel, error) {
		commands = append(commands, command)
		return exec(ctx, command)
	}
	limits := files.Limits{ReadPaths: []string{m.Dir + "/open"}, WritePaths: []string{m.Dir + "/elsewhere"}}
	must(t, os.Mkdir(m.Dir+"/elsewhere", 0o755))
	ch, err := files.Follow(ctx, peer, files.Limited(fs, limits), log, 1)
	must(t, err)
	must(t, ch.Close())
	if len(commands) != 1 {
		t.Errorf("it ran %q, not tail alone", commands)
	}
}
