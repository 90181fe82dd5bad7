package profile

import (
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// This file reads and writes as much JSON (RFC 8259) as settings.json needs: objects
// whose values stay as they are. encoding/json would add 90 KB, compressed, to what the
// browser loads.

// member is one name and value of an object; the value is JSON text.
type member struct {
	name  string
	value []byte
}

// jsonObject is a JSON object that keeps what it does not know, in its order.
type jsonObject []member

var errJSON = errors.New("not a JSON object")

// maxDepth bounds nesting, so that a hostile file cannot exhaust the stack.
const maxDepth = 100

// parseObject reads an object. Of a name that stands twice the last value counts.
func parseObject(text []byte) (jsonObject, error) {
	s := &scanner{text: text}
	var members jsonObject
	ok := s.object(0, func(name string, value []byte) { members = members.with(name, value) })
	if s.space(); !ok || s.at != len(text) {
		return nil, errJSON
	}
	return members, nil
}

// get returns the value of a name, nil when there is none.
func (o jsonObject) get(name string) []byte {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// with sets the value of a name.
func (o jsonObject) with(name string, value []byte) jsonObject {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

// text writes the object with each member on a line of its own behind indent.
func (o jsonObject) text(indent string) []byte {
	if len(o) == 0 {
		return []byte("{}")
	}
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, "\n"+indent+"  "...)
		out = append(append(appendString(out, m.name), ": "...), m.value...)
	}
	return append(out, "\n"+indent+"}"...)
}

// appendString writes s as a JSON string. What is no UTF-8 becomes U+FFFD.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029:
			out = append(out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// parseString reads a value that is a string.
func parseString(value []byte) (string, bool) {
	s := &scanner{text: value}
	text, ok := s.string()
	return text, ok && s.at == len(value)
}

// scanner walks over JSON text. Its methods return false at the first mistake.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// eat takes c, with space before it.
func (s *scanner) eat(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) object(depth int, each func(name string, value []byte)) bool {
	if depth > maxDepth || !s.eat('{') {
		return false
	}
	if s.eat('}') {
		return true
	}
	for {
		s.space()
		name, ok := s.string()
		if !ok || !s.eat(':') {
			return false
		}
		value, ok := s.value(depth + 1)
		if !ok {
			return false
		}
		each(name, value)
		if !s.eat(',') {
			return s.eat('}')
		}
	}
}

func (s *scanner) array(depth int) bool {
	if depth > maxDepth || !s.eat('[') {
		return false
	}
	if s.eat(']') {
		return true
	}
	for {
		if _, ok := s.value(depth + 1); !ok {
			return false
		}
		if !s.eat(',') {
			return s.eat(']')
		}
	}
}

// value takes any value and returns its text.
func (s *scanner) value(depth int) (text []byte, ok bool) {
	s.space()
	start := s.at
	if start == len(s.text) {
		return nil, false
	}
	switch c := s.text[start]; c {
	case '{':
		ok = s.object(depth, func(string, []byte) {})
	case '[':
		ok = s.array(depth)
	case '"':
		_, ok = s.string()
	case 't':
		ok = s.word("true")
	case 'f':
		ok = s.word("false")
	case 'n':
		ok = s.word("null")
	default:
		ok = s.number()
	}
	return s.text[start:s.at], ok
}

func (s *scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) number() bool {
	_ = s.one("-")
	if !s.one("0") && !s.digits() {
		return false
	}
	if s.one(".") && !s.digits() {
		return false
	}
	if s.one("eE") {
		_ = s.one("+-")
		return s.digits()
	}
	return true
}

// one takes one byte of set.
func (s *scanner) one(set string) bool {
	if s.at < len(s.text) {
		for i := range len(set) {
			if set[i] == s.text[s.at] {
				s.at++
				return true
			}
		}
	}
	return false
}

func (s *scanner) digits() bool {
	start := s.at
	for s.one("0123456789") {
	}
	return s.at > start
}

// string takes a string and returns what it stands for.
func (s *scanner) string() (string, bool) {
	if !s.one(`"`) {
		return "", false
	}
	var out []byte
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return string([]rune(string(out))), true // replaces what is no UTF-8
		case c < ' ':
			return "", false
		case c != '\\':
			out = append(out, c)
		default:
			r, ok := s.escape()
			if !ok {
				return "", false
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", false
}

// escape takes what follows a backslash.
func (s *scanner) escape() (rune, bool) {
	if s.at == len(s.text) {
		return 0, false
	}
	c := s.text[s.at]
	s.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		return s.codePoint()
	default:
		return 0, false
	}
}

// codePoint takes the digits of \u, and the second half of a surrogate pair.
func (s *scanner) codePoint() (rune, bool) {
	r, ok := s.hex4()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	before := s.at
	if s.word(`\u`) {
		second, ok := s.hex4()
		if !ok {
			return 0, false
		}
		if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
			return pair, true
		}
	}
	s.at = before
	return utf8.RuneError, true // half a pair
}

func (s *scanner) hex4() (r rune, ok bool) {
	if len(s.text)-s.at < 4 {
		return 0, false
	}
	for _, c := range s.text[s.at : s.at+4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	s.at += 4
	return r, true
}
