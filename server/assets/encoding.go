package assets

import (
	"strconv"
	"strings"
)

// encodings that a build may bring, best first.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// accepts tells whether an Accept-Encoding header allows an encoding, and how much it is
// wanted, from 0 to 1 (RFC 9110 §12.5.3).
func accepts(header, encoding string) float64 {
	weight, wildcard, named := 0.0, 0.0, false
	for entry := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(entry, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		q := quality(parameters)
		switch name {
		case encoding, "x-" + encoding:
			weight, named = q, true
		case "*":
			wildcard = q
		}
	}
	if named {
		return weight
	}
	return wildcard
}

// quality reads "q=0.5"; missing is 1, unreadable is 0.
func quality(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, found := strings.Cut(strings.TrimSpace(parameter), "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || q < 0 || q > 1 {
			return 0
		}
		return q
	}
	return 1
}
