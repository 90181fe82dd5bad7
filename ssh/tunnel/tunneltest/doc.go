// Package tunneltest has the other end of a tunnel for tests: a websocket server
// with one path per behaviour, and the table of tests that every kind of socket
// must pass, so that the native one and the browser's are held to the same.
//
//	/echo          sends each message back, binary
//	/flood?n=&size=  sends n bytes in messages of size, then closes with 1000 at once
//	/text          sends text, empty and binary messages, then closes with 1000
//	/close?code=&reason=&bytes= sends bytes bytes, then closes
//	/cut?bytes=    sends bytes bytes, then breaks the TCP connection
//	/silent        accepts and says nothing
//	/stuck         accepts and reads nothing
//	/refuse?status=&error=&message= answers the upgrade with an HTTP error
//	/sink?n=       reads n bytes, answers a SinkReport
//	/header        answers subprotocol, Authorization and Host of the upgrade
//	/hang          never answers the upgrade
package tunneltest

// Pattern returns the size bytes that the server sends; a lost or swapped byte shows.
func Pattern(size int) []byte {
	p := make([]byte, size)
	for i := range p {
		p[i] = byte((i ^ i>>8 ^ i>>16) & 0xff)
	}
	return p
}
