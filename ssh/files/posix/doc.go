// Package posix runs scripts for a POSIX shell on a device, whichever login shell the SSH
// user has and whatever its start-up files print.
//
// The command of every exec is one constant, so it means the same to a csh and a fish too,
// and no name is ever part of a command line. The script follows as the first line of
// standard input, with each name between single quotes; what comes after that line is the
// script's own input. Its output, and its standard error, begin with a mark.
package posix
