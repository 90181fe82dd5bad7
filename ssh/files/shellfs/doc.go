// Package shellfs reaches the files of a device that has no SFTP subsystem, over exec and
// the tools that a POSIX system has: BusyBox and dropbear, mostly.
//
// # How a script runs
//
// The command of every exec is the same constant ([bootstrap]), so it means the same to
// any login shell, csh and fish among them, and no name is ever part of a command line.
// The script follows as the first line of standard input, with each name between single
// quotes; what comes after that line is the script's own input. Its output begins with a
// mark of this file system's own, since the start-up files of a login shell may print.
//
// # What is read back
//
// A name may hold any byte but NUL and "/". So names stand before a "/" and whatever
// else may hold one ends with the mark, which nobody on the device knows beforehand. How
// a listing is made depends on the tools (find -printf, stat -c, or ls -ln), each with a
// parser of its own. Times are whole seconds in all of them.
//
// # Ends
//
// A server does not kill the program of a channel that ends: it closes its pipes. What
// writes ends by that; what might stay silent ([guarded]) is killed by its script when
// standard input ends.
package shellfs
