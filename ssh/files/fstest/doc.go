// Package fstest holds what every fsys.FS must keep to, as a suite that runs against any
// of them, and this machine as a device without SSH.
package fstest
