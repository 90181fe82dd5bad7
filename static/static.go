// Package static embeds the built page (make web) and nothing else. dist/ is build
// output: on a fresh clone it holds only a .gitignore, which is enough to compile.
package static

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets is the tree of built assets: index.html, manifest.json and hashed files with
// .br and .gz siblings. It is empty but for .gitignore when make web did not run.
func Assets() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant: cannot happen
	}
	return sub
}
