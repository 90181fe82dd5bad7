package hostkey

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// Markers of known_hosts lines.
const (
	markerRevoked   = "revoked"
	markerAuthority = "cert-authority"
)

// maxLine bounds one line, in bytes; the longest RSA key has 3 kB. Longer ones are kept
// and ignored.
const maxLine = 64 << 10

// File is known_hosts text, parsed. The zero File knows nothing.
type File struct {
	lines []line
	// Warnings tell of lines that were ignored, with their number. They are kept when
	// the text is rewritten.
	Warnings []error
}

// line is one line of the text.
type line struct {
	raw      []byte // with its line end
	entry    bool   // the fields below mean something
	marker   string
	patterns []string
	key      gossh.PublicKey
}

// Parse reads known_hosts text. It always succeeds: a line that cannot be read is kept,
// ignored, and named in Warnings.
func Parse(text []byte) File {
	var f File
	number := 0
	for raw := range bytes.Lines(text) {
		number++
		l, err := parseLine(raw)
		if err != nil {
			f.Warnings = append(f.Warnings, fmt.Errorf("known_hosts line %d: %w", number, err))
		}
		f.lines = append(f.lines, l)
	}
	return f
}

var (
	errTooLong = errors.New("the line is too long")
	errMarker  = errors.New("unknown marker")
	errFormat  = errors.New("not a known_hosts line")
)

func parseLine(raw []byte) (line, error) {
	l := line{raw: raw}
	text := bytes.TrimSpace(raw)
	if len(text) == 0 || text[0] == '#' {
		return l, nil
	}
	if len(text) > maxLine {
		return l, errTooLong
	}
	marker, patterns, key, _, _, err := gossh.ParseKnownHosts(text)
	if err != nil {
		return l, fmt.Errorf("%w: %w", errFormat, err)
	}
	if marker != "" && marker != markerRevoked && marker != markerAuthority {
		return l, errMarker
	}
	l.entry, l.marker, l.patterns, l.key = true, marker, patterns, key
	return l, nil
}

// matching gives the lines with the marker that apply to the name.
func (f File) matching(marker, name string) []line {
	var found []line
	for _, l := range f.lines {
		if l.entry && l.marker == marker && matches(l.patterns, name) {
			found = append(found, l)
		}
	}
	return found
}

// KnownAlgorithms lists the key types known under the name, certificate types first:
// what a client should ask the server for.
func (f File) KnownAlgorithms(name string) []string {
	var types []string
	if len(f.matching(markerAuthority, name)) > 0 {
		// The authority's own type says nothing about the keys it signs.
		types = []string{
			gossh.CertAlgoED25519v01, gossh.CertAlgoECDSA256v01, gossh.CertAlgoECDSA384v01,
			gossh.CertAlgoECDSA521v01, gossh.CertAlgoRSAv01,
		}
	}
	for _, l := range f.matching("", name) {
		if !slices.Contains(types, l.key.Type()) {
			types = append(types, l.key.Type())
		}
	}
	return types
}

// text joins the lines again.
func (f File) text() []byte {
	var b bytes.Buffer
	for _, l := range f.lines {
		b.Write(l.raw)
	}
	return b.Bytes()
}

// rewrite gives the line with other patterns, the rest of it as it was.
func (l line) rewrite(patterns []string) line {
	old := strings.Join(l.patterns, ",")
	l.raw = bytes.Replace(l.raw, []byte(old), []byte(strings.Join(patterns, ",")), 1)
	l.patterns = patterns
	return l
}
