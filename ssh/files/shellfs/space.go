package shellfs

import (
	"context"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

func (f *files) Space(ctx context.Context, path string) (fsys.Space, error) {
	o := operation{"measured", path}
	if err := checkPaths(path); err != nil {
		return fsys.Space{}, err
	}
	command := "df -kP "
	switch {
	case f.tools["df -kP"]:
	case f.tools["df -k"]:
		command = "df -k "
	default:
		return fsys.Space{}, o.failure(exitUnsupported, "")
	}
	answer, err := f.run(ctx, o, there(path)+command+posix.Arg(path))
	if err != nil {
		return fsys.Space{}, err
	}
	space, ok := readSpace(string(answer))
	if !ok {
		return fsys.Space{}, o.failure(exitUnsupported, "")
	}
	return space, nil
}

// readSpace reads what df -k prints: a heading, then name, kilobytes in all, used and
// available, a percentage and where it is mounted. Names may hold blanks, and a long one
// may stand in a line of its own.
func readSpace(text string) (fsys.Space, bool) {
	const kilobyte = 1 << 10
	_, text, _ = strings.Cut(text, "\n")
	words := strings.Fields(text)
	for i := 3; i < len(words); i++ {
		if words[i] != "-" && !strings.HasSuffix(words[i], "%") {
			continue
		}
		total, free := number(words[i-3]), number(words[i-1])
		const most = 1 << 52 // kilobytes; no more fits
		if !isNumber(words[i-3]) || !isNumber(words[i-2]) || total > most || free > most {
			continue
		}
		return fsys.Space{Total: total * kilobyte, Free: free * kilobyte}, true
	}
	return fsys.Space{}, false
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
