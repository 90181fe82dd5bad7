// Package output writes results for people (a table) and for programs (JSON, CSV).
package output

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"porthole/ssh/cmd/porthole/fault"
)

// Format is how results are written.
type Format string

// The formats there are.
const (
	Table Format = "table"
	JSON  Format = "json"
	CSV   Format = "csv"
)

// Formats are the names for --output.
func Formats() []string { return []string{string(Table), string(JSON), string(CSV)} }

// Parse reads the value of --output.
func Parse(text string) (Format, error) {
	switch f := Format(strings.ToLower(text)); f {
	case Table, JSON, CSV:
		return f, nil
	}
	return "", fault.New(fault.Usage, "--output is table, json or csv, not %q.", text)
}

// Rows is a result: the value for JSON, and the same as rows of text.
type Rows struct {
	Header []string
	Rows   [][]string
	// Value is what JSON shows.
	Value any
}

// Write writes the result. An error is that of the writer.
func Write(w io.Writer, format Format, rows Rows) error {
	var err error
	switch format {
	case JSON:
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(rows.Value)
	case CSV:
		out := csv.NewWriter(w)
		err = out.WriteAll(append([][]string{rows.Header}, rows.Rows...)) // flushes
	case Table:
		_, err = io.WriteString(w, table(rows))
	}
	if err != nil {
		return fault.Wrap(err, fault.Local, "The result cannot be written: %v.", err)
	}
	return nil
}

// table aligns columns by their characters, two spaces apart.
func table(rows Rows) string {
	lines := append([][]string{rows.Header}, rows.Rows...)
	widths := make([]int, len(rows.Header))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			text.WriteString(cell)
			text.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		b.WriteString(strings.TrimRight(text.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
