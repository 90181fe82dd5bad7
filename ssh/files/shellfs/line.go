package shellfs

import (
	"strconv"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
)

// readLine reads a line of ls -ln, with or without --full-time, up to the name:
//
//	-rw-r--r--    1 0        0             12345 Nov 22 07:18 name
//	crw-rw-rw-    1 0        0            1,   3 Nov 22  2025 name
//	drwxr-xr-x+   2 1000     1000           4096 2026-11-22 07:18:25.123 +0000 name
//
// now is the device's clock: a time without a year is at most a year before it.
func readLine(line string, now time.Time) (e fsys.Entry, rest string, ok bool) {
	var mode, uid, gid, size string
	mode, rest = cutWord(line)
	if len(mode) < len("-rwxrwxrwx") {
		return e, "", false
	}
	_, rest = cutWord(rest) // number of links
	uid, rest = cutWord(rest)
	gid, rest = cutWord(rest)
	size, rest = cutWord(rest)
	if strings.HasSuffix(size, ",") {
		_, rest = cutWord(rest) // a device's minor number
		size = "0"
	} else if strings.Contains(size, ",") {
		size = "0"
	}
	e = fsys.Entry{Type: typeOfLetter(mode[:1]), Size: number(size), UID: id(uid), GID: id(gid)}
	if e.Type == fsys.Unknown {
		return e, "", false
	}
	if e.Mode, ok = readMode(mode[1:10]); !ok {
		return e, "", false
	}
	e.Modified, rest, ok = readTime(rest, now)
	return e, rest, ok
}

// cutWord cuts the first word and the blanks before it.
func cutWord(text string) (word, rest string) {
	text = strings.TrimLeft(text, " ")
	word, rest, _ = strings.Cut(text, " ")
	return word, rest
}

// readMode reads "rwxr-sr-T".
func readMode(text string) (uint32, bool) {
	const letters = "rwxrwxrwx"
	var mode uint32
	for i := range len(letters) {
		bit := uint32(1) << (8 - i)
		special := uint32(1) << (11 - i/3) // setuid, setgid, sticky
		switch c := text[i]; {
		case c == '-':
		case c == letters[i]:
			mode |= bit
		case i%3 == 2 && (c == 's' || c == 't'):
			mode |= bit | special
		case i%3 == 2 && (c == 'S' || c == 'T'):
			mode |= special
		default:
			return 0, false
		}
	}
	return mode, true
}

// readTime reads a time in UTC and the one blank behind it.
func readTime(text string, now time.Time) (time.Time, string, bool) {
	first, rest := cutWord(text)
	if strings.Count(first, "-") == 2 {
		return readFullTime(first, rest)
	}
	day, rest := cutWord(rest)
	clock, rest := cutWord(rest)
	if strings.Contains(clock, ":") {
		t, err := time.Parse("2006 Jan 2 15:04", strconv.Itoa(now.UTC().Year())+" "+first+" "+day+" "+clock)
		if err != nil {
			return time.Time{}, "", false
		}
		if t.After(now.Add(24 * time.Hour)) {
			t = t.AddDate(-1, 0, 0)
		}
		return t, rest, true
	}
	t, err := time.Parse("2006 Jan 2", clock+" "+first+" "+day)
	return t, rest, err == nil
}

// readFullTime reads "07:18:25.123 +0000" behind a date; toybox leaves seconds and zone out.
func readFullTime(date, text string) (time.Time, string, bool) {
	clock, rest := cutWord(text)
	clock, _, _ = strings.Cut(clock, ".")
	if strings.Count(clock, ":") == 1 {
		clock += ":00"
	}
	t, err := time.Parse(time.DateTime, date+" "+clock)
	if err != nil {
		return time.Time{}, "", false
	}
	if zone, after := cutWord(rest); len(zone) == 5 && (zone[0] == '+' || zone[0] == '-') {
		z, err := time.Parse("-0700", zone)
		if err != nil {
			return time.Time{}, "", false
		}
		_, offset := z.Zone()
		t, rest = t.Add(-time.Duration(offset)*time.Second), after
	}
	return t, rest, true
}
