//go:build linux

package shellfs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func TestEveryDevicePutsANewFileByOneScript(t *testing.T) {
	for name, dir := range map[string]string{
		"GNU":     "",
		"BusyBox": tools(t, "busybox"),
		"BusyBox with hardly anything": tools(t, "busybox",
			"stat", "find", "xargs", "readlink", "sha256sum", "gzip", "head", "df", "truncate", "od", "dd"),
		"toybox": tools(t, "toybox"),
	} {
		t.Run(name, func(t *testing.T) {
			m := fstest.Machine{Shell: []string{"/bin/sh", "-c"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: home(t)}
			if dir != "" {
				m.Shell[0], m.Env = filepath.Join(dir, "sh"), []string{"PATH=" + dir}
			}
			if name == "toybox" {
				if err := os.Symlink("/bin/dash", m.Shell[0]); err != nil {
					t.Fatal(err)
				}
			}
			fs := open(t, m)
			put, ok := fs.(interface {
				PutNew(ctx context.Context, path, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error)
			})
			if !ok {
				t.Fatal("it has no way for it")
			}
			when := time.Date(2020, 5, 17, 3, 4, 0, 0, time.UTC)
			for i, name := range fstest.Names {
				if len(name) > 200 {
					continue
				}
				path := m.Dir + "/" + name
				data := fstest.Noise(uint64(i), 1000*i)
				e, err := put.PutNew(t.Context(), path, path+".part", data, 0o640, &when)
				if err != nil || e.Name != name || e.Size != int64(len(data)) || e.Mode != 0o640 || !e.Modified.Equal(when) {
					t.Errorf("%q: %+v, %v", name, e, err)
				}
				if got, err := os.ReadFile(path); err != nil || string(got) != string(data) {
					t.Errorf("%q has %d bytes, %v; want %d", name, len(got), err, len(data))
				}
				_, err = put.PutNew(t.Context(), path, path+".part", []byte("again"), 0, nil)
				var already *fsys.Error
				if !errors.As(err, &already) || already.Code != wire.CodeExists {
					t.Errorf("%q again: %v", name, err)
				}
			}
		})
	}
}
