package standin

import (
	"fmt"
	"strconv"
	"strings"
)

// The query language of the inventory, as far as clients of remote access use it:
//
//	query  = [ "$filter=" ] or [ "$orderby=" order ] | "$orderby=" order
//	or     = and { "or" and }
//	and    = unary { "and" unary }
//	unary  = "not" unary | "(" or ")" | "has(" path ")" | path op value
//	op     = "eq" | "gt" | "ge" | "lt" | "le"
//	value  = 'text, * matches anything, '' is a quote' | number | true | false
//	order  = path [ "asc" | "desc" ] { "," path [ "asc" | "desc" ] }
//
// Words of the language and texts are compared without regard to case.

// maxDepth bounds how deep a query may nest: the parser is recursive.
const maxDepth = 100

// query is a parsed query. The zero value matches everything in the order of ids.
type query struct {
	filter expr // nil matches everything
	order  []orderKey
}

// orderKey sorts by one field.
type orderKey struct {
	path string
	desc bool
}

// parseQuery reads a query; an error is a sentence for the caller.
func parseQuery(s string) (query, error) {
	tokens, err := lexQuery(s)
	if err != nil {
		return query{}, err
	}
	ps := &queryParser{tokens: tokens}
	q, err := ps.query()
	if err != nil {
		return query{}, err
	}
	if t := ps.peek(); t.kind != tokenEnd {
		return query{}, fmt.Errorf("unexpected %q", t.text)
	}
	return q, nil
}

type queryParser struct {
	tokens []queryToken
	at     int
	depth  int
}

func (p *queryParser) peek() queryToken {
	if p.at >= len(p.tokens) {
		return queryToken{kind: tokenEnd, text: "the end of the query"}
	}
	return p.tokens[p.at]
}

func (p *queryParser) next() queryToken {
	t := p.peek()
	p.at++
	return t
}

// word takes the next token if it is the given word of the language.
func (p *queryParser) word(w string) bool {
	if t := p.peek(); t.kind == tokenWord && strings.EqualFold(t.text, w) {
		p.at++
		return true
	}
	return false
}

// mark takes the next token if it is the given mark.
func (p *queryParser) mark(m string) bool {
	if t := p.peek(); t.kind == tokenMark && t.text == m {
		p.at++
		return true
	}
	return false
}

func (p *queryParser) expect(m string) error {
	if !p.mark(m) {
		return fmt.Errorf("%q expected before %q", m, p.peek().text)
	}
	return nil
}

// section takes "$name=".
func (p *queryParser) section(name string) (bool, error) {
	if !p.word(name) {
		return false, nil
	}
	return true, p.expect("=")
}

func (p *queryParser) query() (query, error) {
	var q query
	given, err := p.section("$filter")
	if err != nil {
		return q, err
	}
	next := p.peek()
	if given || (next.kind != tokenEnd && !strings.EqualFold(next.text, "$orderby")) {
		if q.filter, err = p.or(); err != nil {
			return q, err
		}
	}
	given, err = p.section("$orderby")
	if err != nil || !given {
		return q, err
	}
	q.order, err = p.orderKeys()
	return q, err
}

func (p *queryParser) orderKeys() ([]orderKey, error) {
	var keys []orderKey
	for {
		path, err := p.path()
		if err != nil {
			return nil, err
		}
		k := orderKey{path: path}
		if p.word("desc") {
			k.desc = true
		} else {
			p.word("asc")
		}
		keys = append(keys, k)
		if !p.mark(",") {
			return keys, nil
		}
	}
}

func (p *queryParser) or() (expr, error) {
	return p.list("or", p.and, func(es []expr) expr { return anyOf(es) })
}

func (p *queryParser) and() (expr, error) {
	return p.list("and", p.unary, func(es []expr) expr { return allOf(es) })
}

// list reads operands between which the given word stands.
func (p *queryParser) list(word string, operand func() (expr, error), join func([]expr) expr) (expr, error) {
	var es []expr
	for {
		e, err := operand()
		if err != nil {
			return nil, err
		}
		es = append(es, e)
		if !p.word(word) {
			break
		}
	}
	if len(es) == 1 {
		return es[0], nil
	}
	return join(es), nil
}

func (p *queryParser) unary() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("the query nests deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	switch {
	case p.word("not"):
		e, err := p.unary()
		return negation{e}, err
	case p.mark("("):
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(path, "has") && p.mark("(") {
		if path, err = p.path(); err != nil {
			return nil, err
		}
		return presence{path}, p.expect(")")
	}
	return p.comparison(path)
}

func (p *queryParser) path() (string, error) {
	t := p.next()
	if t.kind != tokenWord || strings.HasPrefix(t.text, "$") {
		return "", fmt.Errorf("a field name expected, not %q", t.text)
	}
	return t.text, nil
}

func (p *queryParser) comparison(path string) (expr, error) {
	op := p.next()
	accepts, ok := operators[strings.ToLower(op.text)]
	if op.kind != tokenWord || !ok {
		return nil, fmt.Errorf("one of eq, gt, ge, lt, le expected, not %q", op.text)
	}
	c := comparison{path: path, equal: strings.EqualFold(op.text, "eq"), accepts: accepts}
	v := p.next()
	switch v.kind {
	case tokenText:
		c.want = literal{text: v.text}
	case tokenWord:
		n, err := strconv.ParseFloat(v.text, 64)
		switch {
		case err == nil:
			c.want = literal{text: v.text, number: n, isNumber: true}
		case strings.EqualFold(v.text, "true"), strings.EqualFold(v.text, "false"):
			c.want = literal{text: v.text}
		default:
			return nil, fmt.Errorf("a quoted text, a number, true or false expected, not %q", v.text)
		}
	case tokenEnd, tokenMark:
		return nil, fmt.Errorf("a value expected, not %q", v.text)
	}
	return c, nil
}
