package copying

import "os"

// keepOwner does nothing: the folder decides who may do what.
func keepOwner(*os.File, os.FileInfo) {}
