// Package shellfs reaches the files of a device that has no SFTP subsystem, over exec and
// the tools that a POSIX system has: BusyBox and dropbear, mostly.
//
// # What is read back
//
// A name may hold any byte but NUL and "/". So names stand before a "/" and whatever
// else may hold one ends with the mark, which nobody on the device knows beforehand. How
// a listing is made depends on the tools (find -printf, stat -c, or ls -ln), each with a
// parser of its own. Times are whole seconds in all of them.
package shellfs
