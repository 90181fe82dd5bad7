package profile

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ErrFolder refuses a bookmarked directory that is no absolute path.
var ErrFolder = errors.New("a bookmarked directory must be an absolute path")

// maxFolder is the longest bookmarked path, in bytes: twice what Linux takes, because a
// byte that is no UTF-8 stands as three here.
const maxFolder = 8 << 10

// Members of an entry, beside the bookmarks.
const (
	newTimeName = "newTime"
	newModeName = "newMode"
	jsonTrue    = "true"
)

// FilesSettings are what is remembered of a device's files.
type FilesSettings struct {
	// Bookmarks are directories: absolute paths in the form of fsys.EncodeName.
	Bookmarks []string
	// NewTime and NewMode: what is transferred does not keep its time of change, its
	// permissions. Nothing remembered means that both are kept.
	NewTime, NewMode bool
}

// Files returns what is remembered of a device's files; what cannot be understood is left
// out.
func (p *Profile) Files(_ context.Context, scope PortsScope) (FilesSettings, error) {
	fields, err := p.entry(filesName, scope.key())
	if err != nil {
		return FilesSettings{}, err
	}
	var settings FilesSettings
	for _, folder := range parseStrings(fields.get(bookmarksName)) {
		if validFolder(folder) && len(settings.Bookmarks) < MaxBookmarks && !slices.Contains(settings.Bookmarks, folder) {
			settings.Bookmarks = append(settings.Bookmarks, folder)
		}
	}
	settings.NewTime = string(fields.get(newTimeName)) == jsonTrue
	settings.NewMode = string(fields.get(newModeName)) == jsonTrue
	return settings, nil
}

// SaveFiles replaces what is remembered of a device's files.
func (p *Profile) SaveFiles(ctx context.Context, scope PortsScope, settings FilesSettings) error {
	if len(settings.Bookmarks) > MaxBookmarks {
		return ErrTooManyBookmarks
	}
	for _, folder := range settings.Bookmarks {
		if !validFolder(folder) {
			return ErrFolder
		}
	}
	return p.saveEntry(ctx, filesName, scope.key(), func(fields jsonObject) jsonObject {
		fields = fields.with(bookmarksName, appendArray(nil, "      ", settings.Bookmarks, appendString))
		fields = fields.with(newTimeName, strconv.AppendBool(nil, settings.NewTime))
		return fields.with(newModeName, strconv.AppendBool(nil, settings.NewMode))
	})
}

func validFolder(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "\x00") && len(path) <= maxFolder
}
