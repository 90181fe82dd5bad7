package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// collecting keeps the error of a wrong value instead of stopping at it, so that a
// person learns of all wrong options at once.
type collecting struct {
	pflag.Value
	name string
	bad  *[]error
}

// Set never fails; what was wrong is in bad.
func (c *collecting) Set(text string) error {
	if err := c.Value.Set(text); err != nil {
		shown := strconv.Quote(text)
		if strings.Contains(c.name, "password") {
			shown = "the value"
		}
		*c.bad = append(*c.bad, fmt.Errorf("--%s: %s is not %s", c.name, shown, kind(c.Type())))
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

// unknownArguments lists what no option is meant by.
func unknownArguments(f *pflag.FlagSet, args []string) []error {
	var bad []error
	for i := 0; i < len(args); i++ {
		name, found := strings.CutPrefix(args[i], "--")
		if !found || name == "" {
			if args[i] != "-h" {
				bad = append(bad, fmt.Errorf("%q: there is no such option", args[i]))
			}
			continue
		}
		name, _, withValue := strings.Cut(name, "=")
		flag := f.Lookup(name)
		if flag == nil {
			bad = append(bad, fmt.Errorf("--%s: there is no such option", name))
			continue
		}
		if !withValue && flag.NoOptDefVal == "" {
			i++ // its value
		}
	}
	return bad
}

// size is a number of bytes, written 65536 or 64KiB.
type size int

// Set reads it.
func (s *size) Set(text string) error {
	number, factor := strings.TrimSpace(text), 1
	for _, unit := range []struct {
		suffix string
		factor int
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"B", 1}} {
		if rest, found := strings.CutSuffix(number, unit.suffix); found {
			number, factor = strings.TrimSpace(rest), unit.factor
			break
		}
	}
	value, err := strconv.ParseInt(number, 10, 32)
	if err != nil || value < 0 || value > (1<<40)/int64(factor) {
		return fmt.Errorf("%q is no size", text)
	}
	*s = size(int(value) * factor)
	return nil
}

// String writes it as a person would.
func (s *size) String() string {
	if *s > 0 && *s%(1<<10) == 0 {
		return strconv.Itoa(int(*s)>>10) + "KiB"
	}
	return strconv.Itoa(int(*s))
}

// Type names it in the usage.
func (s *size) Type() string { return "size" }

// indent puts each problem on a line of its own.
func indent(err error) string {
	return "  " + strings.ReplaceAll(err.Error(), "\n", "\n  ")
}
