package profile

import "strconv"

// parseArray reads an array; the values are JSON text.
func parseArray(text []byte) (values [][]byte, ok bool) {
	s := &scanner{text: text}
	if !s.eat('[') {
		return nil, false
	}
	for done := s.eat(']'); !done; done = s.eat(']') {
		if len(values) > 0 && !s.eat(',') {
			return nil, false
		}
		value, ok := s.value(1)
		if !ok {
			return nil, false
		}
		values = append(values, value)
	}
	s.space()
	return values, s.at == len(text)
}

// parseStrings reads an array and takes the strings in it.
func parseStrings(text []byte) []string {
	values, _ := parseArray(text)
	var all []string
	for _, value := range values {
		if s, ok := parseString(value); ok {
			all = append(all, s)
		}
	}
	return all
}

// parseInt reads a value that is a whole number.
func parseInt(value []byte) (int, bool) {
	n, err := strconv.Atoi(string(value))
	return n, err == nil
}

// appendArray writes an array, each value on a line of its own behind indent.
func appendArray[T any](out []byte, indent string, values []T, appendValue func(out []byte, value T) []byte) []byte {
	if len(values) == 0 {
		return append(out, "[]"...)
	}
	out = append(out, '[')
	for i, value := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendValue(append(out, "\n"+indent+"  "...), value)
	}
	return append(out, "\n"+indent+"]"...)
}
