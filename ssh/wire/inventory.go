package wire

import "strings"

// The query language of the platform's inventory, as far as devices are looked up by
// name: clients write it, the stand-in reads it.

// DevicesQuery asks for the devices of a name, in which "*" stands for any text; "" and
// "*" ask for every device.
func DevicesQuery(name string) string {
	const devices = "has(c8y_IsDevice)"
	if name == "" || name == "*" {
		return devices
	}
	return "(name eq " + QueryText(name) + ") and " + devices
}

// QueryText quotes a text: a quote in it is written twice.
func QueryText(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// ReadQueryText reads what [QueryText] wrote at the beginning of query, and tells how many
// bytes it took; ok is false when the text has no end.
func ReadQueryText(query string) (text string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(query); i++ {
		if query[i] != '\'' {
			b.WriteByte(query[i])
			continue
		}
		if i+1 >= len(query) || query[i+1] != '\'' {
			return b.String(), i + 1, true
		}
		b.WriteByte('\'')
		i++
	}
	return "", 0, false
}

// Wildcard matches text against a pattern in which "*" stands for any text. It remembers
// the last star only, so that it takes time in proportion to both lengths at most: either
// may be foreign.
func Wildcard(pattern, text string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == text[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
