package forwards

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"

	"porthole/ssh/wire"
)

// alphabet is base32 in lower case (RFC 4648 §6), as host names are.
const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// ID names a target: the first wire.ForwardIDLength characters of the base32 of an
// HMAC-SHA-256 over its parts, each after its length as 4 bytes, big end first. So no
// two targets have the same input, and nobody without the secret can tell an id.
func (s Secret) ID(t Target) string {
	mac := hmac.New(sha256.New, s[:])
	for _, part := range []string{string(t.Tenant), t.User, string(t.Device), t.Scheme, t.Host, strconv.Itoa(t.Port)} {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part))) //nolint:gosec // each part is below a kilobyte
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	return encoding.EncodeToString(mac.Sum(nil))[:wire.ForwardIDLength]
}

// isID tells whether a label of a host name can be an id.
func isID(label string) bool {
	return len(label) == wire.ForwardIDLength && strings.Trim(label, alphabet) == ""
}
