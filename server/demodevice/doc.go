// Package demodevice is a device in a process: the device agent that carries remote
// access, and behind it an SSH server and a small web page, so that the product can be
// tried without hardware.
//
// [Agent] is a whole device agent on its own: it learns of connect operations
// (c8y_RemoteAccessConnect) by long poll, falls back to polling, dials the target and
// the platform at the same time, and pipes bytes it does not understand. [StartDemo]
// puts the SSH server ([porthole/ssh/sshtest]) behind one.
//
// Caveat: the demo gives whoever has its password a shell as the person who started it.
// It listens on loopback only, and refuses to run as root unless told to.
//
// References: docs/protocol.md §1 for the platform's paths; Bayeux 1.0 for the long poll
// (https://docs.cometd.org/current/reference/#_bayeux).
package demodevice
