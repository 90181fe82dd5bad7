// Package files is the files of one device, over whichever backend it has, and what is
// made of their operations: limits, trees, files that appear whole or not at all.
package files
