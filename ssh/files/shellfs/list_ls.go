package shellfs

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// What a record of lsScript begins with.
const (
	recordNow   = 'T' // the device's clock
	recordLinks = 'L' // names of what links lead to
	recordNames = 'N' // names, then their lines
	recordLines = 'M'
	recordOne   = 'O' // one name and its lines
	recordLink  = 'R' // one name and its target
)

// lsScript lists by ls -ln alone. Some versions print "?" for what they take for no
// character, and a line feed in a name makes two lines: so the shell prints the names, and
// ls prints lines that are matched with them. What does not match is asked for again, one
// by one (lsAgain).
func (f *files) lsScript() string {
	batch := `printf "N"; printf "%s/" "$@"; echo ` + f.mark + `; printf "M"; ` + f.lsCommand() + ` "$@" 2>/dev/null; echo ` + f.mark
	leads := `printf "L"; for f do for t in f d p S c b; do if [ -$t "$f" ]; then printf "$t%s/" "$f"; break; fi; done; done; echo ` + f.mark
	return `printf "T%s" $(date +%s); echo ` + f.mark + "; " +
		"b=" + posix.Quote(leads) + "; " + f.forNames("-type l", `sh -c "$b" sh`) +
		"b=" + posix.Quote(batch) + "; " + f.forNames("", `sh -c "$b" sh`) + allListed(f.mark)
}

func (f *files) lsCommand() string {
	if f.tools["ls --full-time"] {
		return "ls -lnd --full-time"
	}
	return "ls -lnd"
}

// lsAgain asks for names one by one.
func (f *files) lsAgain(names []string) string {
	var b strings.Builder
	b.WriteString(`printf "T%s" $(date +%s); echo ` + f.mark + "; for f in ")
	for _, name := range names {
		b.WriteString(posix.Arg(name) + " ")
	}
	b.WriteString("; do ")
	if f.tools["readlink"] {
		b.WriteString(`[ -L "$f" ] && { printf "R%s/" "$f"; readlink "$f"; echo ` + f.mark + "; }; ")
	}
	b.WriteString(`printf "O%s/" "$f"; ` + f.lsCommand() + ` "$f" 2>/dev/null; echo ` + f.mark + "; done; exit 0")
	return b.String()
}

// lsParser reads what lsScript and lsAgain print.
type lsParser struct {
	now     time.Time
	leads   map[string]fsys.Type
	targets map[string]string
	names   []string // of the batch whose lines come next
	missing []string // names without a line of their own
}

// largest is a batch: as many names, or lines, as a command line holds.
func (*lsParser) largest() int { return 8 << 20 }

func (p *lsParser) record(record []byte, add func(fsys.Entry) error) error {
	if len(record) == 0 {
		return errRecord
	}
	kind, text := record[0], string(record[1:])
	switch kind {
	case recordNow:
		if p.now = seconds(text); p.now.IsZero() {
			p.now = time.Now()
		}
	case recordLinks:
		for _, part := range namesIn(text) {
			if part != "" && len(p.leads) < fsys.MaxEntries {
				p.leads[part[1:]] = typeOfTest(part[:1])
			}
		}
	case recordNames:
		p.names = namesIn(text)
	case recordLines:
		return p.lines(text, add)
	case recordOne, recordLink:
		name, lines, found := strings.Cut(strings.TrimPrefix(text, "./"), "/")
		if !found {
			return errRecord
		}
		if kind == recordLink {
			p.targets = map[string]string{name: strings.TrimSuffix(lines, "\n")}
			return nil
		}
		return p.one(name, lines, add)
	default:
		return errRecord
	}
	return nil
}

// namesIn reads "./a/./b/"; a letter before a name's "./" stays before the name.
func namesIn(text string) []string {
	var names []string
	prefix := ""
	for i, part := range strings.Split(text, "/") {
		if i%2 == 0 {
			prefix = strings.TrimSuffix(part, ".")
			continue
		}
		names = append(names, prefix+part)
	}
	return names
}

// typeOfTest gives the type that test's option asks for.
func typeOfTest(option string) fsys.Type {
	if option == "S" {
		return fsys.Socket
	}
	return typeOfLetter(option)
}

// lines matches the lines of ls with the names of the batch.
func (p *lsParser) lines(text string, add func(fsys.Entry) error) error {
	byName := make(map[string]fsys.Entry, len(p.names))
	twice := make(map[string]bool)
	wanted := printedAs(p.names)
	for line := range strings.Lines(text) {
		e, rest, ok := readLine(strings.TrimSuffix(line, "\n"), p.now)
		if !ok {
			continue
		}
		printed, target := strings.TrimPrefix(rest, "./"), ""
		if e.Type == fsys.Link {
			printed, target = cutArrow(printed, wanted)
		}
		name := wanted[printed]
		if name == "" {
			continue
		}
		// A link's target can hold what looks like a line of its own.
		if _, known := byName[name]; known {
			twice[name] = true
		}
		e.Name, e.Target = name, target
		byName[name] = e
	}
	for _, name := range p.names {
		e, known := byName[name]
		if !known || twice[name] || strings.Contains(e.Target, "?") {
			if len(p.missing) < fsys.MaxEntries {
				p.missing = append(p.missing, name)
			}
			continue
		}
		if err := p.add(e, add); err != nil {
			return err
		}
	}
	p.names = nil
	return nil
}

// printedAs gives the names by what ls may print for them: as they are, or with "?" for
// every byte that is not printable ASCII. What could be two of them is none.
func printedAs(names []string) map[string]string {
	wanted := make(map[string]string, len(names))
	add := func(printed, name string) {
		if other, taken := wanted[printed]; taken && other != name {
			name = ""
		}
		wanted[printed] = name
	}
	for _, name := range names {
		masked := []byte(name)
		for i, b := range masked {
			if b < ' ' || b >= 0x7f {
				masked[i] = '?'
			}
		}
		if !strings.Contains(name, "\n") {
			add(name, name)
		}
		add(string(masked), name)
	}
	return wanted
}

// cutArrow cuts "name -> target" where name is one that is wanted.
func cutArrow(text string, wanted map[string]string) (name, target string) {
	const arrow = " -> "
	for from := 0; ; {
		i := strings.Index(text[from:], arrow)
		if i < 0 {
			return "", ""
		}
		if from += i; wanted[text[:from]] != "" {
			return text[:from], text[from+len(arrow):]
		}
		from += len(arrow)
	}
}

// afterArrow is the target that ls prints behind a path, "" when some of it may be
// replaced by "?".
func afterArrow(text, path string) string {
	_, target, _ := strings.Cut(text[min(len(text), len(path)):], " -> ")
	if strings.Contains(target, "?") {
		return ""
	}
	return target
}

func (p *lsParser) add(e fsys.Entry, add func(fsys.Entry) error) error {
	if e.Type == fsys.Link {
		if e.TargetType = p.leads[e.Name]; e.TargetType == "" {
			e.TargetType = fsys.Unknown
		}
	}
	return add(e)
}

// one reads the output of ls for one name, which nothing else can be in. It is empty when
// the entry is gone.
func (p *lsParser) one(name, text string, add func(fsys.Entry) error) error {
	e, rest, ok := readLine(strings.TrimSuffix(text, "\n"), p.now)
	if !ok {
		return nil
	}
	e.Name = name
	if e.Type == fsys.Link {
		e.Target = p.targets[name]
		if e.Target == "" {
			e.Target = afterArrow(rest, "./"+name)
		}
	}
	return p.add(e, add)
}

// listAgain asks for the entries of a listing by ls that could not be told apart.
func (f *files) listAgain(ctx context.Context, path string, l *listing) error {
	p, ok := l.parser.(*lsParser)
	if !ok {
		return nil
	}
	const most = 100 // names in a script
	for names := p.missing; len(names) > 0; names = names[min(most, len(names)):] {
		o := operation{"listed", path}
		output, err := f.run(ctx, o, enter(path)+f.lsAgain(names[:min(most, len(names))]))
		if err != nil {
			return err
		}
		switch err := l.read(bytes.NewReader(output), f.mark); {
		case l.stopped:
			return err
		case errors.Is(err, errEnough):
			return o.tooMany()
		case err != nil:
			return o.error(wire.CodeFileFailed, err, "")
		}
	}
	return nil
}

// lister chooses how to list.
func (f *files) lister() (script string, p parser) {
	switch {
	case f.tools["find -printf"]:
		return findScript(f.mark), findParser{}
	case f.tools["stat"]:
		return f.statScript(), &statParser{quoted: f.tools[quotesTargets], leads: make(map[string]fsys.Type)}
	}
	return f.lsScript(), &lsParser{leads: make(map[string]fsys.Type), now: time.Now()}
}
