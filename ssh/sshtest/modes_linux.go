package sshtest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// modeFlags are terminal modes that are one bit, by opcode (RFC 4254 §8; 42 of RFC 8160).
var modeFlags = map[uint8]struct {
	field func(*unix.Termios) *uint32
	bit   uint32
}{
	30: {input, unix.IGNPAR}, 31: {input, unix.PARMRK}, 32: {input, unix.INPCK}, 33: {input, unix.ISTRIP},
	34: {input, unix.INLCR}, 35: {input, unix.IGNCR}, 36: {input, unix.ICRNL}, 37: {input, unix.IUCLC},
	38: {input, unix.IXON}, 39: {input, unix.IXANY}, 40: {input, unix.IXOFF}, 41: {input, unix.IMAXBEL},
	42: {input, unix.IUTF8},
	50: {local, unix.ISIG}, 51: {local, unix.ICANON}, 53: {local, unix.ECHO}, 54: {local, unix.ECHOE},
	55: {local, unix.ECHOK}, 56: {local, unix.ECHONL}, 57: {local, unix.NOFLSH}, 58: {local, unix.TOSTOP},
	59: {local, unix.IEXTEN}, 60: {local, unix.ECHOCTL}, 61: {local, unix.ECHOKE}, 62: {local, unix.PENDIN},
	70: {output, unix.OPOST}, 71: {output, unix.OLCUC}, 72: {output, unix.ONLCR}, 73: {output, unix.OCRNL},
	74: {output, unix.ONOCR}, 75: {output, unix.ONLRET},
}

// modeChars are terminal modes that are a control character, by opcode (RFC 4254 §8).
var modeChars = map[uint8]int{
	1: unix.VINTR, 2: unix.VQUIT, 3: unix.VERASE, 4: unix.VKILL, 5: unix.VEOF, 6: unix.VEOL, 7: unix.VEOL2,
	8: unix.VSTART, 9: unix.VSTOP, 10: unix.VSUSP, 12: unix.VREPRINT, 13: unix.VWERASE, 14: unix.VLNEXT,
	18: unix.VDISCARD,
}

// noChar is the client's way of saying that a control character is off.
const noChar = 255

func input(t *unix.Termios) *uint32  { return &t.Iflag }
func local(t *unix.Termios) *uint32  { return &t.Lflag }
func output(t *unix.Termios) *uint32 { return &t.Oflag }

// setModes makes the terminal what the client asked for; modes it does not know, such as
// line speeds, are ignored.
func setModes(tty *os.File, modes map[uint8]uint32) error {
	if len(modes) == 0 {
		return nil
	}
	return control(tty, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return fmt.Errorf("read terminal modes: %w", err)
		}
		for opcode, value := range modes {
			if flag, ok := modeFlags[opcode]; ok {
				if value != 0 {
					*flag.field(t) |= flag.bit
				} else {
					*flag.field(t) &^= flag.bit
				}
			}
			if char, ok := modeChars[opcode]; ok {
				t.Cc[char] = byte(value)
				if value == noChar {
					t.Cc[char] = 0 // _POSIX_VDISABLE on Linux
				}
			}
		}
		if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
			return fmt.Errorf("set terminal modes: %w", err)
		}
		return nil
	})
}
