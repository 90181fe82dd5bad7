package sshtest

import "testing"

func TestStatNamesCannotForgeAnotherSession(t *testing.T) {
	for line, want := range map[string][2]int{
		"12 (sh) S 1 12 12 0":             {12, 12},
		"12 (x) S 1 99 99 0) S 1 12 13 0": {12, 13}, // a program may call itself anything
		"12 (sh) Z 1 12 12 0":             {0, 0},
		"12 (sh) S 1 1 1 0":               {0, 0}, // init's group is never signalled
		"12 (sh) S 1 -1 12":               {0, 0}, // nor everybody's
		"":                                {0, 0},
		"12 (sh) S":                       {0, 0},
	} {
		group, session, alive := parseStat([]byte(line))
		if !alive {
			group, session = 0, 0
		}
		if group != want[0] || session != want[1] {
			t.Errorf("%q: got group %d, session %d, want %v", line, group, session, want)
		}
	}
}

func FuzzStat(f *testing.F) {
	f.Add([]byte("12 (sh) S 1 12 12 0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if group, _, alive := parseStat(b); alive && group <= 1 {
			t.Errorf("%q: got group %d, which is everybody's", b, group)
		}
	})
}
