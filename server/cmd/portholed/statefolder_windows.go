package main

// writable: what a folder's rights allow shows when a file is made.
func writable(string) error { return nil }
