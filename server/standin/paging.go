package standin

import (
	"net/url"
	"strconv"
)

// Page sizes of the platform's lists.
const (
	defaultPageSize = 5
	maxPageSize     = 2000
)

// page is what part of a list a request asks for.
type page struct {
	size, current int
	total         bool // withTotalPages
	elements      bool // withTotalElements
}

// statistics describe a page of a list.
type statistics struct {
	CurrentPage   int  `json:"currentPage"`
	PageSize      int  `json:"pageSize"`
	TotalPages    *int `json:"totalPages,omitempty"`
	TotalElements *int `json:"totalElements,omitempty"`
}

// links lead from a page to itself and its neighbours.
type links struct {
	Self string `json:"self"`
	Next string `json:"next,omitempty"`
	Prev string `json:"prev,omitempty"`
}

// parsePage reads pageSize (larger ones count as 2000), currentPage and the wish for
// totals.
func parsePage(q url.Values, part string) (page, error) {
	size, err := positive(q, "pageSize", defaultPageSize, part)
	if err != nil {
		return page{}, err
	}
	current, err := positive(q, "currentPage", 1, part)
	if err != nil {
		return page{}, err
	}
	return page{
		size: min(size, maxPageSize), current: current,
		total: q.Get("withTotalPages") == "true", elements: q.Get("withTotalElements") == "true",
	}, nil
}

func positive(q url.Values, name string, otherwise int, part string) (int, error) {
	s := q.Get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 1 {
		return 0, invalid(part, name+" must be a number of at least 1.")
	}
	return int(n), nil
}

// cut returns the bounds of the page in a list of n.
func (p page) cut(n int) (from, to int) {
	if p.current-1 > n/p.size {
		return n, n // also keeps the product below from overflowing
	}
	from = min((p.current-1)*p.size, n)
	return from, min(from+p.size, n)
}

func (p page) statistics(n int) statistics {
	s := statistics{CurrentPage: p.current, PageSize: p.size}
	if p.total {
		pages := (n + p.size - 1) / p.size
		s.TotalPages = &pages
	}
	if p.elements {
		s.TotalElements = &n
	}
	return s
}

// links makes the links of the page; q is the query of the request.
func (p page) links(base string, q url.Values, n int) links {
	at := func(current int) string {
		out := make(url.Values, len(q)+2)
		for k, v := range q {
			if k != "token" && k != xsrfCookie { // credentials do not belong into links
				out[k] = v
			}
		}
		out.Set("pageSize", strconv.Itoa(p.size))
		out.Set("currentPage", strconv.Itoa(current))
		return base + "?" + out.Encode()
	}
	l := links{Self: at(p.current)}
	if _, to := p.cut(n); to < n {
		l.Next = at(p.current + 1)
	}
	if p.current > 1 {
		l.Prev = at(p.current - 1)
	}
	return l
}
