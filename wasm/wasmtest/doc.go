// Package wasmtest runs tests of js packages in Chromium, where there is what Node
// lacks: IndexedDB, Web Locks and the browser's own WebSocket. It has tests only, and
// is the one native package beside the js ones.
package wasmtest
