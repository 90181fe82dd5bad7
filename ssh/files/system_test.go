//go:build linux

package files_test

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/sshtest/realpeer"
)

func TestOverRealOpenSSHEveryClaimHolds(t *testing.T) {
	client := fstest.Device(t, realpeer.OpenSSH, realpeer.Options{})
	fs, err := files.Open(t.Context(), fstest.PeerOf(client))
	must(t, err)
	if fs.Info().Kind != fsys.SFTP {
		t.Fatalf("got %+v", fs.Info())
	}
	fstest.Run(t, fstest.Suite{FS: fs})
	must(t, fs.Close())
	// The connection goes on without them.
	again, err := files.Open(t.Context(), fstest.PeerOf(client))
	must(t, err)
	must(t, again.Close())
}

func TestSeveralTransfersAtOnceOverChannelsOfARealServer(t *testing.T) {
	client := fstest.Device(t, realpeer.OpenSSH, realpeer.Options{})
	peer := fstest.PeerOf(client)
	peer.RoundTrip = func() time.Duration { return 50 * time.Millisecond } // so that all channels are used
	fs, err := files.Open(t.Context(), peer)
	must(t, err)
	defer fs.Close()
	dir := t.TempDir()
	var work sync.WaitGroup
	for i := range 3 {
		work.Go(func() {
			data := noise(uint64(i), 12<<20+i)
			p := filepath.Join(dir, string(rune('a'+i)))
			if err := fstest.Write(t.Context(), fs, p, fsys.WriteOptions{New: true}, data); err != nil {
				t.Error(err)
			}
			got, err := fstest.Read(t.Context(), fs, p, fsys.ReadOptions{Length: -1})
			if err != nil || string(got) != string(data) {
				t.Errorf("%d bytes back, %v", len(got), err)
			}
			hash, err := fs.Hash(t.Context(), p, 1<<20)
			if err != nil || len(hash) != 64 {
				t.Errorf("hash %q, %v", hash, err)
			}
		})
	}
	work.Wait()
}

func TestConnectionThatEndsUnderATransferIsToldAtOnce(t *testing.T) {
	client := fstest.Device(t, realpeer.OpenSSH, realpeer.Options{})
	fs, err := files.Open(t.Context(), fstest.PeerOf(client))
	must(t, err)
	p := filepath.Join(t.TempDir(), "large")
	must(t, os.WriteFile(p, make([]byte, 64<<20), 0o644))
	r, err := fs.Read(t.Context(), p, fsys.ReadOptions{Length: -1})
	must(t, err)
	_, err = io.ReadFull(r, make([]byte, 1<<20))
	must(t, err)
	must(t, client.Close())
	_, err = io.Copy(io.Discard, r)
	if err == nil {
		t.Error("the rest came without a connection")
	}
	began := time.Now()
	if _, err := fs.Stat(t.Context(), p, true); err == nil {
		t.Error("stat without a connection")
	}
	must(t, fs.Close())
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
}
