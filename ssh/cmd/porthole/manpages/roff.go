package main

import (
	"fmt"
	"strings"
)

// roff writes a page for man(7).
type roff struct{ b strings.Builder }

// macro is a line that begins with a dot.
func (r *roff) macro(format string, args ...any) {
	fmt.Fprintf(&r.b, "."+format+"\n", args...)
}

func (r *roff) section(title string) { r.macro("SH %s", title) }

// line is a line of text, in which `…` is bold.
func (r *roff) line(text string) { r.b.WriteString(start(bold(text)) + "\n") }

// tagged is a term and, indented below it, its text. The term is roff already.
func (r *roff) tagged(term, text string) {
	r.macro("TP")
	r.b.WriteString(start(term) + "\n")
	r.line(text)
}

// prose writes paragraphs, which are filled, and indented lines, which stay as they are.
func (r *roff) prose(text string) {
	fresh, verbatim := true, false
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		indented := strings.HasPrefix(line, "  ")
		switch {
		case strings.TrimSpace(line) == "":
			fresh = true
			continue
		case indented && !verbatim:
			r.macro("PP")
			r.macro("EX")
		case !indented && verbatim:
			r.macro("EE")
			r.macro("PP")
		case fresh && !indented:
			r.macro("PP")
		}
		verbatim, fresh = indented, false
		r.line(line)
	}
	if verbatim {
		r.macro("EE")
	}
}

// example writes lines as they are.
func (r *roff) example(text string) {
	r.macro("PP")
	r.macro("EX")
	for line := range strings.SplitSeq(text, "\n") {
		r.b.WriteString(start(escape(line)) + "\n")
	}
	r.macro("EE")
}

// bold makes `…` bold; a lone backquote stays one.
func bold(text string) string {
	parts := strings.Split(text, "`")
	var b strings.Builder
	for i, part := range parts {
		switch {
		case i%2 == 0:
			b.WriteString(escape(part))
		case i == len(parts)-1:
			b.WriteString(`\(ga` + escape(part))
		default:
			b.WriteString(`\fB` + escape(part) + `\fR`)
		}
	}
	return b.String()
}

// start keeps a line of text from being a macro.
func start(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// escape writes text so that every character comes out as itself: roff's minus would be
// a hyphen, which no shell takes for an option.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch r {
		case '\\':
			b.WriteString(`\e`)
		case '-':
			b.WriteString(`\-`)
		case '\'':
			b.WriteString(`\(aq`)
		case '`':
			b.WriteString(`\(ga`)
		case '^':
			b.WriteString(`\(ha`)
		case '~':
			b.WriteString(`\(ti`)
		default:
			if r > 126 {
				fmt.Fprintf(&b, `\[u%04X]`, r)
				continue
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
