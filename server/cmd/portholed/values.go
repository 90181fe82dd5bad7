package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// wrong is what was found wrong with options so far. Nothing more is said of an option
// whose value could not be read: it would be said of a value nobody gave.
type wrong struct {
	list  []error
	names map[string]bool
}

func (w *wrong) add(option, format string, args ...any) {
	w.list = append(w.list, fmt.Errorf("--"+option+": "+format, args...))
	w.names[option] = true
}

// collecting keeps the error of a wrong value instead of stopping at it, so that a
// person learns of all wrong options at once.
type collecting struct {
	pflag.Value
	name string
	bad  *wrong
	from string // " in PORTHOLE_…" while variables are read
}

// Set never fails; what was wrong is in bad, and the value stays what it was.
func (c *collecting) Set(text string) error {
	before := c.String()
	if err := c.Value.Set(text); err != nil {
		shown := strconv.Quote(text)
		if strings.Contains(c.name, "password") {
			shown = "the value"
		}
		c.bad.add(c.name, "%s%s is not %s", shown, c.from, kind(c.Type()))
		if c.String() != before { // pflag leaves a zero behind
			_ = c.Value.Set(before) // it was read before
		}
	}
	return nil
}

// kind says what a value must be.
func kind(typeName string) string {
	switch typeName {
	case "duration":
		return "a time such as 90s, 30m or 12h"
	case "int":
		return "a number"
	case "bool":
		return "true or false"
	case "size":
		return "a size such as 64KiB"
	default:
		return "a " + typeName
	}
}

// sortArguments tells the arguments that options are meant by from the others, so that
// one misspelt option does not keep the rest from being looked at.
func sortArguments(f *pflag.FlagSet, args []string, bad *wrong) (known []string) {
	for i := 0; i < len(args); i++ {
		name, found := strings.CutPrefix(args[i], "--")
		if !found || name == "" || name[0] == '=' {
			if args[i] == "-h" {
				known = append(known, args[i])
			} else {
				bad.list = append(bad.list, fmt.Errorf("%q: there is no such option", args[i]))
			}
			continue
		}
		name, _, withValue := strings.Cut(name, "=")
		flag := f.Lookup(name)
		switch {
		case flag == nil:
			bad.add(name, "there is no such option")
			if !withValue && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++ // most likely its value
			}
		case withValue || flag.NoOptDefVal != "":
			known = append(known, args[i])
		case i+1 == len(args):
			bad.add(name, "its value is missing")
		default:
			known = append(known, args[i]+"="+args[i+1])
			i++
		}
	}
	return known
}

// size is a number of bytes, written 65536 or 64KiB.
type size int

// Set reads it.
func (s *size) Set(text string) error {
	value, err := parseSize(text, 1<<40)
	if err != nil {
		return err
	}
	*s = size(value)
	return nil
}

// String writes it as a person would.
func (s *size) String() string { return formatSize(int64(*s)) }

// Type names it in the usage.
func (s *size) Type() string { return "size" }

// fileSize is a size that may be that of a disk.
type fileSize int64

// Set reads it.
func (s *fileSize) Set(text string) error {
	value, err := parseSize(text, 1<<53) // more the page could not count exactly
	if err != nil {
		return err
	}
	*s = fileSize(value)
	return nil
}

// String writes it as a person would.
func (s *fileSize) String() string { return formatSize(int64(*s)) }

// Type names it in the usage.
func (s *fileSize) Type() string { return "size" }

var sizeUnits = []struct {
	suffix string
	factor int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// parseSize reads a number of bytes up to limit.
func parseSize(text string, limit int64) (int64, error) {
	number, factor := strings.TrimSpace(text), int64(1)
	for _, unit := range sizeUnits {
		if rest, found := strings.CutSuffix(number, unit.suffix); found {
			number, factor = strings.TrimSpace(rest), unit.factor
			break
		}
	}
	value, err := strconv.ParseInt(number, 10, 64)
	if err != nil || value < 0 || value > limit/factor {
		return 0, fmt.Errorf("%q is no size", text)
	}
	return value * factor, nil
}

// formatSize uses the largest unit that says it exactly.
func formatSize(value int64) string {
	for _, unit := range sizeUnits {
		if value > 0 && unit.factor > 1 && value%unit.factor == 0 {
			return strconv.FormatInt(value/unit.factor, 10) + unit.suffix
		}
	}
	return strconv.FormatInt(value, 10)
}

// indent puts each problem on a line of its own.
func indent(err error) string {
	return "  " + strings.ReplaceAll(err.Error(), "\n", "\n  ")
}
