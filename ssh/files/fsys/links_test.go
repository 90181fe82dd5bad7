package fsys

import "testing"

func TestTheLinkCountOfALine(t *testing.T) {
	for line, want := range map[string]int64{
		"-rw-r--r--    1 root     adm          12 Nov 22 07:00 syslog":          1,
		"-rw-r--r--+   3 root     adm          12 Nov 22 07:00 a b":             3,
		"-rwsr-xr-x 12 0 0 12 Nov 22 07:00 name\n-rw-r--r-- 9 0 0 12 Nov 22 07": 12,
		"drwxr-xr-x    2 root     root       4096 Nov 22 07:00 dir":             0,
		"-rw-r--r--    many root  adm          12 Nov 22 07:00 x":               0,
		"-rw-r--r--    -2 root    adm          12 Nov 22 07:00 x":               0,
		"name only": 0,
		"":          0,
	} {
		if got := LinkCount(line); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}

func FuzzLinkCount(f *testing.F) {
	f.Add("-rw-r--r--    2 root     adm          12 Nov 22 07:00 syslog")
	f.Fuzz(func(t *testing.T, line string) {
		if n := LinkCount(line); n < 0 || n >= 1<<32 {
			t.Errorf("%q: %d", line, n)
		}
	})
}
