package profile

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"porthole/ssh/wire"
)

// Bounds of what is remembered of a device's web pages.
const (
	MaxBookmarks = 200
	// MaxOpened bounds targets and agreements: the oldest are forgotten first.
	MaxOpened = 500
	// maxPortsText is the longest text of any of them, in bytes.
	maxPortsText = 8 << 10
)

// ErrTooManyBookmarks refuses more than [MaxBookmarks].
var ErrTooManyBookmarks = errors.New("too many bookmarks")

// ErrBookmark refuses a bookmark that leads nowhere.
var ErrBookmark = errors.New("a bookmark needs a scheme, a host, a port and a path")

// PortsScope names what is remembered of web pages: a device, and who is signed in,
// because another person of the same browser has not opened them before.
type PortsScope struct {
	Tenant    wire.TenantID
	Principal string
	Device    wire.DeviceID
}

func (s PortsScope) key() string {
	return joinKey(string(s.Tenant), s.Principal, string(s.Device))
}

// PortsSettings are what is remembered of a device's web pages.
type PortsSettings struct {
	Bookmarks []Bookmark
	// Opened are targets that this person opened before, the last one last.
	Opened []string
	// Agreed are the configurations whose readable bytes this person agreed to, "ID HOST:PORT".
	Agreed []string
}

// Bookmark is one page of a device.
type Bookmark struct {
	Name   string
	Scheme string // http or https
	Host   string
	Port   int
	Path   string // begins with "/"
}

// Names of PortsSettings and Bookmark in settings.json.
const (
	bookmarksName = "bookmarks"
	openedName    = "opened"
	agreedName    = "agreed"
	nameName      = "name"
	schemeName    = "scheme"
	hostName      = "host"
	portName      = "port"
	pathName      = "path"
)

// Ports returns what is remembered of a device's web pages; what cannot be understood is
// left out.
func (p *Profile) Ports(_ context.Context, scope PortsScope) (PortsSettings, error) {
	fields, err := p.entry(portsName, scope.key())
	if err != nil {
		return PortsSettings{}, err
	}
	settings := PortsSettings{Opened: recent(parseStrings(fields.get(openedName))), Agreed: recent(parseStrings(fields.get(agreedName)))}
	bookmarks, _ := parseArray(fields.get(bookmarksName))
	for _, raw := range bookmarks {
		b, ok := parseBookmark(raw)
		if ok && len(settings.Bookmarks) < MaxBookmarks {
			settings.Bookmarks = append(settings.Bookmarks, b)
		}
	}
	return settings, nil
}

// SavePorts replaces what is remembered of a device's web pages.
func (p *Profile) SavePorts(ctx context.Context, scope PortsScope, settings PortsSettings) error {
	if len(settings.Bookmarks) > MaxBookmarks {
		return ErrTooManyBookmarks
	}
	for _, b := range settings.Bookmarks {
		if !b.valid() {
			return ErrBookmark
		}
	}
	return p.saveEntry(ctx, portsName, scope.key(), func(fields jsonObject) jsonObject {
		const indent = "      "
		return fields.with(bookmarksName, appendArray(nil, indent, settings.Bookmarks, appendBookmark)).
			with(openedName, appendArray(nil, indent, recent(settings.Opened), appendString)).
			with(agreedName, appendArray(nil, indent, recent(settings.Agreed), appendString))
	})
}

// recent leaves out what is too long, what comes again later, and the oldest of too many.
func recent(texts []string) []string {
	var last []string
	for _, text := range slices.Backward(texts) {
		if len(last) < MaxOpened && len(text) <= maxPortsText && !slices.Contains(last, text) {
			last = append(last, text)
		}
	}
	slices.Reverse(last)
	return last
}

func (b Bookmark) valid() bool {
	return (b.Scheme == "http" || b.Scheme == "https") && b.Host != "" && 1 <= b.Port && b.Port <= 65535 &&
		strings.HasPrefix(b.Path, "/") && len(b.Name) <= maxPortsText && len(b.Host) <= maxPortsText && len(b.Path) <= maxPortsText
}

func parseBookmark(raw []byte) (b Bookmark, ok bool) {
	fields, err := parseObject(raw)
	if err != nil {
		return Bookmark{}, false
	}
	for name, field := range map[string]*string{
		nameName: &b.Name, schemeName: &b.Scheme, hostName: &b.Host, pathName: &b.Path,
	} {
		if *field, ok = parseString(fields.get(name)); !ok {
			return Bookmark{}, false
		}
	}
	b.Port, ok = parseInt(fields.get(portName))
	return b, ok && b.valid()
}

func appendBookmark(out []byte, b Bookmark) []byte {
	return append(out, jsonObject{
		{nameName, appendString(nil, b.Name)},
		{schemeName, appendString(nil, b.Scheme)},
		{hostName, appendString(nil, b.Host)},
		{portName, strconv.AppendInt(nil, int64(b.Port), 10)},
		{pathName, appendString(nil, b.Path)},
	}.text("        ")...)
}
