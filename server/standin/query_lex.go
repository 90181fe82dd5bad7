package standin

import (
	"fmt"
	"strings"
)

type tokenKind int

const (
	tokenEnd  tokenKind = iota
	tokenWord           // path, operator or number
	tokenText           // quoted
	tokenMark           // one of ( ) , =
)

type queryToken struct {
	kind tokenKind
	text string
}

func lexQuery(s string) ([]queryToken, error) {
	var tokens []queryToken
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'':
			text, n, ok := lexText(s[i:])
			if !ok {
				return nil, fmt.Errorf("the text that starts at %d has no end", i)
			}
			tokens = append(tokens, queryToken{tokenText, text})
			i += n
		case strings.IndexByte("(),=", c) >= 0:
			tokens = append(tokens, queryToken{tokenMark, s[i : i+1]})
			i++
		default:
			n := strings.IndexAny(s[i:], " \t\r\n'(),=")
			if n < 0 {
				n = len(s) - i
			}
			tokens = append(tokens, queryToken{tokenWord, s[i : i+n]})
			i += n
		}
	}
	return tokens, nil
}

// lexText reads a quoted text at the start of s; two quotes in it stand for one. It
// returns how many bytes it took.
func lexText(s string) (text string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 >= len(s) || s[i+1] != '\'' {
			return b.String(), i + 1, true
		}
		b.WriteByte('\'')
		i++
	}
	return "", 0, false
}
