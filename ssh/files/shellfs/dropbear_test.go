//go:build linux

package shellfs_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"porthole/ssh"
	"porthole/ssh/files"
	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/sshtest/realpeer"
)

// A folder of small files beside a larger one and a terminal: dropbear ended the whole
// connection over it.
func TestManySmallFilesAtOnceDoNotEndDropbear(t *testing.T) {
	client := fstest.Device(t, realpeer.Dropbear, realpeer.Options{})
	if _, err := client.Shell(t.Context(), ssh.ShellOptions{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	ctx, fs := openPeer(t, fstest.PeerOf(client))
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir, when := home(t), time.Unix(1_500_000_000, 0)
	var work sync.WaitGroup
	work.Go(func() {
		data := fstest.Noise(1, 300_000)
		if err := fstest.Write(ctx, fs, dir+"/large", fsys.WriteOptions{New: true}, data); err != nil {
			t.Error(err)
		}
	})
	const atOnce, each = 16, 10
	for n := range atOnce {
		work.Go(func() {
			for i := range each {
				path := fmt.Sprintf("%s/%d-%d", dir, n, i)
				if _, err := files.Put(ctx, fs, path, []byte(path), files.PutOptions{Modified: &when}); err != nil {
					t.Errorf("put: %v", err)
					return
				}
				if e, err := fs.Stat(ctx, path, false); err != nil || e.Size != int64(len(path)) {
					t.Errorf("%+v, %v", e, err)
					return
				}
			}
		})
	}
	work.Wait()
}
