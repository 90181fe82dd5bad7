// Package edge is what every request meets first: it answers only to our own host
// names, finds out the address of the person behind trusted proxies, sets the security
// headers of every answer, and serves TLS with a certificate that may change on disk.
//
// A web page on a foreign name that was pointed at us (DNS rebinding) gets 421 and never
// reaches a handler.
package edge
