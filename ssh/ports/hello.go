package ports

// clientHello is the first message of TLS (RFC 8446 §4.1.2) as a client of TLS 1.2 and
// 1.3 sends it, without a key share: the least that makes any server answer with a record
// of its own, be it an alert. No handshake follows.
func clientHello() []byte {
	var body []byte
	body = append(body, 3, 3)                // TLS 1.2
	body = append(body, make([]byte, 32)...) // random: nothing is to be kept secret
	body = append(body, 0)                   // no session
	body = appendList(body, 2, []byte{
		0x13, 0x01, 0x13, 0x02, 0x13, 0x03, // TLS 1.3's
		0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, // ECDHE with GCM
		0xc0, 0x13, 0xc0, 0x14, 0x00, 0x9c, 0x00, 0x2f, 0x00, 0x35, 0x00, 0x0a, // older
	})
	body = append(body, 1, 0) // no compression
	var extensions []byte
	extensions = appendExtension(extensions, 10, appendList(nil, 2, []byte{0, 29, 0, 23, 0, 24}))                // supported_groups
	extensions = appendExtension(extensions, 11, appendList(nil, 1, []byte{0}))                                  // ec_point_formats
	extensions = appendExtension(extensions, 13, appendList(nil, 2, []byte{8, 4, 4, 3, 8, 5, 4, 1, 5, 1, 2, 1})) // signature_algorithms
	extensions = appendExtension(extensions, 43, appendList(nil, 1, []byte{3, 4, 3, 3}))                         // supported_versions
	extensions = appendExtension(extensions, 51, appendList(nil, 2, nil))                                        // key_share: ask for a group
	body = appendList(body, 2, extensions)

	message := appendList([]byte{1, 0}, 2, body) // client_hello; 24 bits of length
	return appendList([]byte{tlsHandshake, 3, 1}, 2, message)
}

func appendExtension(b []byte, kind byte, data []byte) []byte {
	return appendList(append(b, 0, kind), 2, data)
}

// appendList appends a length of one or two bytes and what it counts.
func appendList(b []byte, lengthBytes int, data []byte) []byte {
	if lengthBytes == 2 {
		b = append(b, byte(len(data)>>8&0xff))
	}
	return append(append(b, byte(len(data)&0xff)), data...)
}
