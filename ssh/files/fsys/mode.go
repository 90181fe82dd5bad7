package fsys

// ModeBits are the twelve permission bits of a st_mode; [TypeOf] reads the rest.
const ModeBits = 0o7777

// TypeOf gives the type in a st_mode (POSIX, sys_stat.h; the values are the same on every
// Unix, and those of SFTP's permissions field).
func TypeOf(mode uint32) Type {
	switch mode & 0o170000 {
	case 0o100000:
		return File
	case 0o040000:
		return Dir
	case 0o120000:
		return Link
	case 0o010000:
		return FIFO
	case 0o140000:
		return Socket
	case 0o020000:
		return Char
	case 0o060000:
		return Block
	default:
		return Unknown
	}
}
