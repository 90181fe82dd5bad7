// Package proxy carries local connections to a device: each connection that a local
// program makes gets a tunnel of its own.
//
//   - [Listen] opens what local programs connect to: TCP, a unix socket.
//   - [Server] accepts connections; a dial that fails ends one local connection only.
//   - [Carry] joins one local stream with one tunnel; stdio uses it directly.
//
// Half-close: the platform has none. When the local side has sent its last byte, the
// device's answer is still read, until the device ends it or nothing came for
// [Options].Linger. A program on the device that waits for the end of its input never
// sees one.
package proxy
