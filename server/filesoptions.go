package server

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"porthole/ssh/wire"
)

// resolveFiles reads what says how far the files panel goes.
func (c Config) resolveFiles(r *resolved, bad *problems) {
	r.files = wire.FilesInfo{LogPaths: c.LogPaths, ReadPaths: []string{}, WritePaths: []string{}}
	switch c.Files {
	case "on":
		r.files.Enabled = true
	case "off":
		for option, given := range map[string]bool{
			"files-read-only": c.FilesReadOnly, "files-max-size": c.FilesMaxSize != 0,
			"files-read-paths": len(c.FilesReadPaths) > 0, "files-write-paths": len(c.FilesWritePaths) > 0,
		} {
			if given {
				bad.add(option, "has no meaning together with --files off: leave one of them out")
			}
		}
		return
	default:
		bad.add("files", "%q is neither on nor off", c.Files)
	}
	if c.FilesReadOnly && len(c.FilesWritePaths) > 0 {
		bad.add("files-write-paths", "has no meaning together with --files-read-only: leave one of them out")
	}
	if c.FilesMaxSize < 0 {
		bad.add("files-max-size", "%d is below zero", c.FilesMaxSize)
	}
	r.files.ReadOnly, r.files.MaxBytes = c.FilesReadOnly, c.FilesMaxSize
	r.files.ReadPaths = devicePaths("files-read-paths", c.FilesReadPaths, bad)
	r.files.WritePaths = devicePaths("files-write-paths", c.FilesWritePaths, bad)
}

// devicePaths reads paths of a device: not of this machine, so never by path/filepath.
// The list is not nil, which JSON would write as null.
func devicePaths(option string, texts []string, bad *problems) []string {
	list := make([]string, 0, len(texts))
	for _, text := range texts {
		switch {
		case !strings.HasPrefix(text, "/"):
			bad.add(option, "%q is no absolute path such as /var/log", text)
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			bad.add(option, "%q has characters that no path in an option can have", text)
		case strings.Contains(text+"/", "/../"):
			bad.add(option, "%q has a step upwards: give the path that it leads to", text)
		default:
			list = append(list, path.Clean(text))
		}
	}
	return list
}
