package shellfs

import (
	"strconv"

	"porthole/ssh/files/fsys"
)

// findScript lists by one run of GNU find, which prints all there is to know. Whatever
// failed for an entry is that entry's matter.
func findScript(mark string) string {
	return `find . ! -name . -prune -printf "` + findFormat + mark + `\n" 2>/dev/null; ` + allListed(mark)
}

const findFormat = "%f/%y/%Y/%m/%s/%T@/%U/%G/%u/%g/%l/"

// findParser reads what findScript prints.
type findParser struct{}

func (findParser) record(record []byte, add func(fsys.Entry) error) error {
	const name, kind, leads, mode, size, modified, uid, gid, user, group, n = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	fields, target, err := cutFields(record, n)
	if err != nil {
		return err
	}
	bits, err := strconv.ParseUint(fields[mode], 8, 32)
	if err != nil {
		return errRecord
	}
	e := fsys.Entry{
		Name: fields[name], Type: typeOfLetter(fields[kind]), Size: number(fields[size]), Modified: seconds(fields[modified]),
		Mode: uint32(bits & fsys.ModeBits), UID: id(fields[uid]), GID: id(fields[gid]), Owner: owner(fields[user]), Group: owner(fields[group]),
	}
	if e.Type == fsys.Link {
		e.Target, e.TargetType = cutSlash(target), typeOfLetter(fields[leads])
	}
	return add(e)
}

// cutSlash takes the "/" before the mark away.
func cutSlash(text string) string {
	if n := len(text); n > 0 && text[n-1] == '/' {
		return text[:n-1]
	}
	return text
}
