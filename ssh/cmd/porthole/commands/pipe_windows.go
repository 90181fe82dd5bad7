package commands

// ignoreBrokenPipe: Windows has no such signal.
func ignoreBrokenPipe() {}
