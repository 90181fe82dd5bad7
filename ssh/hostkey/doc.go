// Package hostkey decides whether a device's SSH host key is the one we know.
//
// What is known is text in OpenSSH's known_hosts format (sshd(8), "SSH_KNOWN_HOSTS FILE
// FORMAT"): [Parse] reads it, [File.Decide] decides, [Add] and [Remove] edit it without
// touching any line they do not mean. Storage is the consumer's: [Store]. [Verifier]
// puts the three together for one connection.
//
// The name a key is kept under is made by [Name] and by nothing else, so that the
// browser, the native CLI and OpenSSH itself (as HostKeyAlias) agree on it.
//
// Deny is the zero value: the zero [Verdict] is Undecided and the zero Verifier refuses.
package hostkey
