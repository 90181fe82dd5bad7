package forward

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxCookie bounds name and value of one cookie, in bytes; as browsers do.
const maxCookie = 4 << 10

// cookie is one of the jar.
type cookie struct {
	Cookie
	httpOnly, secure bool
	order            uint64 // of creation
}

// parseCookie reads one Set-Cookie value, or one assignment to document.cookie, as RFC
// 6265 §5.2 wants it of a user agent: net/http's parser drops values with quotes, spaces
// or bytes outside ASCII, which devices send and browsers take. ok is false for what is to
// be ignored. path is that of the request, for cookies without one.
//
// Domain is read over: the jar is for one host, and so is every cookie in it, whatever it
// says about others.
func parseCookie(text, path string, now time.Time) (c cookie, ok bool) {
	if strings.ContainsFunc(text, isControl) {
		return c, false
	}
	pair, attributes, _ := strings.Cut(text, ";")
	name, value, found := strings.Cut(pair, "=")
	if !found {
		return c, false
	}
	c.Name, c.Value = trimSpace(name), trimSpace(value)
	if c.Name == "" || len(c.Name)+len(c.Value) > maxCookie {
		return c, false
	}
	c.Path = defaultPath(path)
	aged := false
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(attribute, "=")
		value = trimSpace(value)
		switch strings.ToLower(trimSpace(key)) {
		case "path":
			if c.Path = value; !strings.HasPrefix(value, "/") || len(value) > maxCookie {
				c.Path = defaultPath(path)
			}
		case "expires":
			if at, ok := parseCookieDate(value); ok && !aged {
				c.Expires = at
			}
		case "max-age":
			if seconds, err := strconv.ParseInt(value, 10, 64); err == nil || isRange(err) {
				c.Expires, aged = expiry(now, seconds), true // it wins over Expires
			}
		case "secure":
			c.secure = true
		case "httponly":
			c.httpOnly = true
		case "samesite":
			c.SameSite = sameSite(value)
		}
	}
	return c, keepsPrefix(c)
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func trimSpace(s string) string { return strings.Trim(s, " \t") }

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }

// maxCookieAge is the longest a browser keeps a cookie (RFC 6265bis §5.5).
const maxCookieAge = 400 * 24 * time.Hour

func expiry(now time.Time, seconds int64) time.Time {
	if seconds <= 0 {
		return time.Unix(1, 0)
	}
	if seconds > int64(maxCookieAge/time.Second) {
		return now.Add(maxCookieAge)
	}
	return now.Add(time.Duration(seconds) * time.Second)
}

func sameSite(value string) SameSite {
	switch strings.ToLower(value) {
	case "strict":
		return SameSiteStrict
	case "lax":
		return SameSiteLax
	case "none":
		return SameSiteNone
	}
	return SameSiteDefault
}

// keepsPrefix holds cookies to what their names promise (RFC 6265bis §4.1.3).
func keepsPrefix(c cookie) bool {
	name := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(name, "__secure-"):
		return c.secure
	case strings.HasPrefix(name, "__host-"):
		return c.secure && c.Path == "/"
	}
	return true
}

// defaultPath is the folder of a request's path (RFC 6265 §5.1.4).
func defaultPath(path string) string {
	path, _, _ = strings.Cut(path, "?")
	i := strings.LastIndexByte(path, '/')
	if i <= 0 || path[0] != '/' {
		return "/"
	}
	return path[:i]
}

// pathMatches says whether a cookie of that path goes with a request (RFC 6265 §5.1.4).
func pathMatches(cookiePath, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	rest, ok := strings.CutPrefix(path, cookiePath)
	return ok && (rest == "" || strings.HasSuffix(cookiePath, "/") || rest[0] == '/')
}

// parseCookieDate reads a date as leniently as RFC 6265 §5.1.1 wants: four tokens in any
// order, whatever stands between.
func parseCookieDate(text string) (time.Time, bool) {
	clock, day, month, year := -1, -1, -1, -1
	for token := range strings.FieldsFuncSeq(text, isDateDelimiter) {
		lower := strings.ToLower(token)
		switch n, rest := leadingNumber(token); {
		case clock < 0 && strings.Count(token, ":") >= 2:
			clock = clockOf(token)
		case day < 0 && n >= 0 && len(token)-len(rest) <= 2:
			day = n
		case month < 0 && len(lower) >= 3 && monthOf(lower[:3]) > 0:
			month = monthOf(lower[:3])
		case year < 0 && n >= 0 && len(token)-len(rest) >= 2 && len(token)-len(rest) <= 4:
			year = n
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if clock < 0 || day < 1 || day > 31 || month < 1 || year < 1601 {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(month), day, 0, 0, clock, 0, time.UTC)
	return at, at.Day() == day
}

func isDateDelimiter(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r == ':', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= 0x7f:
		return false
	}
	return true
}

// leadingNumber gives the number that s begins with, -1 when there is none or it has more
// than four digits, and what follows it.
func leadingNumber(s string) (n int, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 || i > 4 {
		return -1, s
	}
	n, _ = strconv.Atoi(s[:i]) // at most four digits
	return n, s[i:]
}

// clockOf gives the seconds since midnight of "hh:mm:ss", -1 when it is none.
func clockOf(s string) int {
	seconds := 0
	for i, limit := range [...]int{24, 60, 60} {
		part, rest, _ := strings.Cut(s, ":")
		n, after := leadingNumber(part)
		if n < 0 || n >= limit || len(part)-len(after) > 2 || i < 2 && after != "" {
			return -1
		}
		seconds, s = seconds*60+n, rest
	}
	return seconds
}

func monthOf(s string) int {
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", s)
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}
