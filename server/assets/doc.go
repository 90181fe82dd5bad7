// Package assets serves the built page: the shell for "/" and "/devices/…", hashed files
// under "/assets/" for a year, each in the best encoding that was built beside it, and the
// service worker of "/dl/".
//
// The tree comes from make web: index.html, manifest.json, assets/…, and for each file
// optional siblings NAME.br and NAME.gz.
package assets
