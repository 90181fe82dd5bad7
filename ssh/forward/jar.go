package forward

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxCookies is how many cookies the target may set; as Chromium allows one site.
const maxCookies = 180

// jar holds the cookies of the target, in memory. net/http/cookiejar does not do: it hides
// the path, the expiry and HttpOnly of what it holds, which a page's document.cookie and
// the mirror in the browser are made of.
//
// All cookies are host-only. A Secure one is taken from https, and from http when the
// target is the device itself, as browsers do for http://localhost.
type jar struct {
	secure bool
	now    func() time.Time

	mu      sync.Mutex
	cookies []cookie
	created uint64
}

func newJar(t Target, now func() time.Time) *jar {
	return &jar{secure: t.Scheme == "https" || t.isLoopback(), now: now}
}

// receive takes the Set-Cookie lines of an answer to a request of that path. It gives what
// changed as far as pages may know.
func (j *jar) receive(lines []string, path string) []Cookie {
	if len(lines) == 0 {
		return nil
	}
	now := j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	var changed []Cookie
	for _, line := range lines {
		if c, ok := parseCookie(line, path, now); ok && (j.secure || !c.secure) {
			changed = append(changed, j.put(c, now)...)
		}
	}
	return changed
}

// assign is document.cookie = text: it can neither set nor change what is HttpOnly (RFC
// 6265 §5.3).
func (j *jar) assign(text, path string) {
	now := j.now()
	c, ok := parseCookie(text, path, now)
	if !ok || c.httpOnly || c.secure && !j.secure {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := j.find(c); i >= 0 && j.cookies[i].httpOnly {
		return
	}
	j.put(c, now)
}

// put stores or, when it has expired, removes a cookie. Needs mu.
func (j *jar) put(c cookie, now time.Time) (changed []Cookie) {
	expired := !c.Expires.IsZero() && !c.Expires.After(now)
	if limit := now.Add(maxCookieAge); c.Expires.After(limit) {
		c.Expires = limit
	}
	i := j.find(c)
	known := i >= 0
	hidden := known && j.cookies[i].httpOnly
	switch {
	case known && expired:
		j.cookies = slices.Delete(j.cookies, i, i+1)
	case known:
		c.order = j.cookies[i].order
		j.cookies[i] = c
	case !expired:
		j.created++
		c.order = j.created
		j.cookies = append(j.cookies, c)
		changed = j.makeRoom(now)
	}
	switch {
	case c.httpOnly && known && !hidden: // the browser must forget its copy
		return append(changed, gone(c))
	case c.httpOnly || expired && (!known || hidden):
		return changed
	case expired:
		return append(changed, gone(c))
	}
	return append(changed, c.Cookie)
}

func gone(c cookie) Cookie {
	return Cookie{Name: c.Name, Path: c.Path, Expires: time.Unix(1, 0), SameSite: c.SameSite}
}

// makeRoom removes what has expired, then the oldest. Needs mu.
func (j *jar) makeRoom(now time.Time) (removed []Cookie) {
	if len(j.cookies) <= maxCookies {
		return nil
	}
	j.dropExpired(now)
	for len(j.cookies) > maxCookies {
		if c := j.cookies[0]; !c.httpOnly {
			removed = append(removed, gone(c))
		}
		j.cookies = slices.Delete(j.cookies, 0, 1)
	}
	return removed
}

func (j *jar) dropExpired(now time.Time) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c cookie) bool {
		return !c.Expires.IsZero() && !c.Expires.After(now)
	})
}

// find gives the index of the cookie of the same name and path, -1 when there is none.
// Needs mu.
func (j *jar) find(c cookie) int {
	return slices.IndexFunc(j.cookies, func(k cookie) bool { return k.Name == c.Name && k.Path == c.Path })
}

// matching gives the cookies for a path in the order of RFC 6265 §5.4. Needs mu.
func (j *jar) matching(path string, wanted func(cookie) bool) []cookie {
	j.dropExpired(j.now())
	var list []cookie
	for _, c := range j.cookies {
		if pathMatches(c.Path, path) && wanted(c) {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b cookie) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), cmp.Compare(a.order, b.order))
	})
	return list
}

// visible is document.cookie at a path.
func (j *jar) visible(path string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return pairs(j.matching(path, func(c cookie) bool { return !c.httpOnly }))
}

// header is the Cookie header of a request. Where the browser mirrors cookies, held is
// what it has: that stands for all but the HttpOnly ones, whose names it cannot take.
func (j *jar) header(path string, held *string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if held == nil {
		return pairs(j.matching(path, func(cookie) bool { return true }))
	}
	own := j.matching(path, func(c cookie) bool { return c.httpOnly || isPrefixed(c.Name) })
	list := make([]string, 0, 8)
	if len(own) > 0 {
		list = append(list, pairs(own))
	}
	for pair := range strings.SplitSeq(*held, ";") {
		pair = trimSpace(pair)
		name, _, _ := strings.Cut(pair, "=")
		taken := slices.ContainsFunc(own, func(c cookie) bool { return c.Name == name })
		if pair != "" && !taken && isFieldValue(pair) {
			list = append(list, pair)
		}
	}
	return strings.Join(list, "; ")
}

// isPrefixed tells whether browsers treat cookies of that name in a special way (RFC 6265bis
// §4.1.3): the forward's origin may not fit what the prefix demands, and its service worker
// believes none that it reads there.
func isPrefixed(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "__host-") || strings.HasPrefix(lower, "__secure-")
}

func (j *jar) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = nil
}

func pairs(list []cookie) string {
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Name)
		b.WriteByte('=')
		b.WriteString(c.Value)
	}
	return b.String()
}
