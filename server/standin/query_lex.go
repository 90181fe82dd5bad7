package standin

import (
	"fmt"
	"strings"

	"porthole/ssh/wire"
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
			text, n, ok := wire.ReadQueryText(s[i:])
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
