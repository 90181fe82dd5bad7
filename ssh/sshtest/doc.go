// Package sshtest is an SSH server in the process of its caller: the peer of the
// client core's tests, and what the demo device answers with.
//
// It serves any net.Conn, so a test needs no port: [Pipe] gives two connected ends in
// memory. Everything is refused unless an option allows it: no credential, no way in;
// no Exec handler, no command; no Direct callback, no port forward. The one exception
// is the shell, for which [Scripted] stands in, so that the shortest test has something
// to talk to.
//
// Real programs ([Program]) are run on Unix only; the rest works under GOOS=js too,
// where the tests of the client run over [Pipe].
//
// The gateway must never link this package: it holds SSH code, and the gateway relays
// ciphertext it cannot read.
//
// References: [RFC 4252] authentication, [RFC 4254] connection protocol, [RFC 4256]
// keyboard-interactive.
//
// [RFC 4252]: https://www.rfc-editor.org/rfc/rfc4252
// [RFC 4254]: https://www.rfc-editor.org/rfc/rfc4254
// [RFC 4256]: https://www.rfc-editor.org/rfc/rfc4256
package sshtest
