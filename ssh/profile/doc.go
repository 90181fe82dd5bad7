// Package profile keeps what the client remembers: known_hosts and the settings of each
// remote access configuration. It is the same everywhere, over a small file system
// ([FS]): IndexedDB in the browser ([Browser], through hackpadfs), a folder natively
// ([Folder]), memory in tests and wherever nothing else can be had ([Memory]).
//
//	known_hosts         OpenSSH's format (sshd(8)); read and edited by ssh/hostkey
//	known_certificates  a line for each https page: its known_hosts name and the
//	                    fingerprint of its public key
//	settings.json       per tenant, device and configuration: user, credential, old
//	                    algorithms; per tenant, principal and device: bookmarks of web
//	                    pages, which were opened before, which readable bytes were agreed to
//
// Writers: every change reads the file, edits, and replaces it as a whole, under a lock
// that all tabs (Web Locks, handed in as [Options].Lock) or all programs (a lock file)
// share, so no addition of another is lost. Where there are no Web Locks, the section
// between reading and replacing is short, but two tabs that accept a first host key in
// the same few milliseconds can lose one of them: that key is asked for again.
//
// Failures: known_hosts or known_certificates that cannot be read is an error, never an
// empty file, because an empty one would turn a changed key into a new one. What cannot be written is kept in
// memory until the program ends, and [Profile.Durable] says so. A settings file that
// cannot be understood counts as empty; it is kept under another name before the next
// change.
package profile
