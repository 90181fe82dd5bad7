// Package follow reads what is appended to a file from now on, as tail -F does: a log that
// is rotated or cut is followed on.
package follow
