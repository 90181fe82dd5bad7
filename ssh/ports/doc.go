// Package ports tells which TCP ports a device listens on, and which of them are web pages.
//
// [Find] asks the device itself, over one exec of a POSIX shell: ss or netstat where there
// is one, else the kernel's own tables. Nothing is connected to; a port whose well-known
// use is a control protocol ([Never]) must not be, because a stray byte may move a machine.
// [Probe] makes one request to one port and says what speaks there.
//
// What a device prints is not to be trusted: all of it is bounded, and names are cleaned of
// what a terminal or a page could take for more than text.
//
// References: proc_net_tcp (Linux, Documentation/networking/proc_net_tcp.rst), ss(8),
// netstat(8), RFC 9112 (HTTP/1.1), RFC 8446 §6 (TLS alerts).
package ports
