package copying

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"porthole/ssh/files"
)

// Marks of part files: one that a later copy may go on with, and the longest name that
// file systems take, in bytes (NAME_MAX of Linux).
const (
	resumeMark = "porthole"
	maxName    = 255
)

// remotePart is the part file beside a path of the device.
func (c *Copier) remotePart(path string) string {
	return files.Beside(path, c.mark(filepath.Base(filepath.FromSlash(path))))
}

// localPart is the part file beside a path of this machine.
func (c *Copier) localPart(path string) string {
	folder, base := filepath.Split(path)
	return folder + files.Beside(base, c.mark(base))
}

// mark is the end of a part file's name. A later copy finds the same; long names, which
// are cut, are told from each other by their hash.
func (c *Copier) mark(base string) string {
	switch {
	case !c.Resume:
		return random()
	case len(base)+len(".part-"+resumeMark) > maxName:
		sum := sha256.Sum256([]byte(base))
		return resumeMark + "-" + hex.EncodeToString(sum[:4])
	default:
		return resumeMark
	}
}

// random is for names that nobody else has.
func random() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
