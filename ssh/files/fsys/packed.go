package fsys

// PackedWriter is a [Writer] that takes gzip as well: it goes over the wire as it is and
// is unpacked on the device.
type PackedWriter interface {
	Writer
	// Packs tells whether it does.
	Packs() bool
	// WritePacked takes one whole gzip member (RFC 1952) that holds size bytes of the file.
	WritePacked(member []byte, size int) error
}
