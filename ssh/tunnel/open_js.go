package tunnel

import "porthole/ssh/wire"

// Native is empty under js: a browser sets headers and checks certificates itself.
type Native struct{}

func defaultOpen(Native) (OpenFunc, error) {
	return nil, &DialError{
		Code: wire.CodeInternal,
		Text: "The program was built without a way to open websockets.",
	}
}
