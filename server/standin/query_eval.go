package standin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// expr is a condition on a record.
type expr interface{ match(r record) bool }

type (
	allOf    []expr
	anyOf    []expr
	negation struct{ e expr }
	presence struct{ path string }
	// comparison is path op value.
	comparison struct {
		path    string
		want    literal
		equal   bool // eq, for which texts match by wildcard
		accepts func(order int) bool
	}
	// literal is the value of a comparison.
	literal struct {
		text     string
		number   float64
		isNumber bool
	}
)

// operators say which results of an ordering of field and value satisfy them.
var operators = map[string]func(order int) bool{
	"eq": func(o int) bool { return o == 0 },
	"gt": func(o int) bool { return o > 0 },
	"ge": func(o int) bool { return o >= 0 },
	"lt": func(o int) bool { return o < 0 },
	"le": func(o int) bool { return o <= 0 },
}

func (es allOf) match(r record) bool {
	return !slices.ContainsFunc(es, func(e expr) bool { return !e.match(r) })
}

func (es anyOf) match(r record) bool {
	return slices.ContainsFunc(es, func(e expr) bool { return e.match(r) })
}

func (n negation) match(r record) bool { return !n.e.match(r) }

func (p presence) match(r record) bool {
	_, ok := r.field(p.path)
	return ok
}

func (c comparison) match(r record) bool {
	v, ok := r.field(c.path)
	if !ok {
		return false
	}
	switch v := v.(type) {
	case string:
		return c.matchText(v)
	case []string:
		return slices.ContainsFunc(v, c.matchText)
	case float64:
		n, err := strconv.ParseFloat(c.want.text, 64)
		return err == nil && c.accepts(cmp.Compare(v, n))
	case time.Time:
		t, err := parseTime(c.want.text)
		return err == nil && c.accepts(v.Compare(t))
	default:
		return false
	}
}

func (c comparison) matchText(have string) bool {
	if c.equal {
		return wire.Wildcard(strings.ToLower(c.want.text), strings.ToLower(have))
	}
	if c.want.isNumber {
		n, err := strconv.ParseFloat(have, 64)
		return err == nil && c.accepts(cmp.Compare(n, c.want.number))
	}
	return c.accepts(strings.Compare(strings.ToLower(have), strings.ToLower(c.want.text)))
}

// sortRecords orders by the keys of a query, then by id.
func sortRecords(rs []record, keys []orderKey) {
	slices.SortStableFunc(rs, func(a, b record) int {
		for _, k := range keys {
			o := compareField(a, b, k.path)
			if k.desc {
				o = -o
			}
			if o != 0 {
				return o
			}
		}
		return cmp.Compare(a.d.number, b.d.number)
	})
}

// compareField orders two records by one field; one that lacks it comes first.
func compareField(a, b record, path string) int {
	if path == "id" {
		return cmp.Compare(a.d.number, b.d.number)
	}
	av, aok := a.field(path)
	bv, bok := b.field(path)
	if !aok || !bok {
		return cmp.Compare(btoi(aok), btoi(bok))
	}
	switch av := av.(type) {
	case string:
		if bs, ok := bv.(string); ok {
			return strings.Compare(strings.ToLower(av), strings.ToLower(bs))
		}
	case float64:
		if bf, ok := bv.(float64); ok {
			return cmp.Compare(av, bf)
		}
	case time.Time:
		if bt, ok := bv.(time.Time); ok {
			return av.Compare(bt)
		}
	}
	return 0
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parseTime reads a date of a query or a filter. A plus that a form turned into a space
// is put back.
func parseTime(s string) (time.Time, error) {
	s = strings.ReplaceAll(strings.TrimSpace(s), " ", "+")
	var first error
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		t, err := time.Parse(layout, s)
		if err == nil {
			return t, nil
		}
		if first == nil {
			first = err
		}
	}
	return time.Time{}, first
}
