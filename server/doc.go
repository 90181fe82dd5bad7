// Package server is the gateway: it serves the page, signs people in against their
// tenant, passes the allow-listed paths of the platform through, and relays the
// ciphertext between a client and a device.
//
// It links no SSH code: keys, passwords and plaintext of a device never reach it, and
// what is not linked cannot decrypt what is carried. Make one with New from a Config,
// run it with Serve; Handler and AdminHandler are for tests and for other listeners.
package server
