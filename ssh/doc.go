// Package ssh is the SSH client core of Porthole. It runs over any [net.Conn], natively
// and in the browser's wasm alike: it knows no websocket, no JavaScript and no HTTP.
//
// [Connect] makes a connection and gives a [Client]; [Client.Shell] and [Client.Exec]
// give a [Session]. The protocol itself is golang.org/x/crypto/ssh; this package adds
// what a person in front of a terminal needs: a host key decision before anything
// secret is asked for, questions asked only when the device asks, failures that say what
// happened and what to do ([Error]), a keep-alive that measures the round trip, and
// bounds on everything a hostile server could send.
//
// Deny is the zero value: a [Config] without a host key decision connects to nothing,
// and one without a [Prompter] has no credential.
//
// Caveats:
//   - The keep-alive needs a clock that runs; a suspended laptop finds its connections
//     ended after it wakes.
//   - SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252 §8) is not spoken by x/crypto; an
//     expired password can be changed through keyboard-interactive only.
//   - A server that never answers a channel close (against RFC 4254 §5.3) keeps that
//     session's readers waiting until the connection ends.
//
// References: RFC 4251 to 4254 (SSH), RFC 4256 (keyboard-interactive), RFC 8308
// (extension negotiation), RFC 8332 (RSA with SHA-2), OpenSSH's PROTOCOL file.
package ssh
