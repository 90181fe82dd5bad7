package tunnel

import (
	"io"

	"porthole/ssh/wire"
)

// DialError says why no websocket was opened.
type DialError struct {
	// Code names the failure for machines.
	Code wire.ErrorCode
	// Status is the HTTP status of a refused upgrade; 0 when there was no answer, and
	// always under js, where browsers hide it.
	Status int
	// Text is the sentence for the person.
	Text string
	// Info is the detail of the answer's body, if any.
	Info string
	// Err is the cause, for the log; may be nil.
	Err error

	said string
}

// Error returns the sentence for the person.
func (e *DialError) Error() string { return e.Text }

// Said is what the body of a refusal tells, in one line; "" when it tells nothing.
func (e *DialError) Said() string { return e.said }

// Unwrap returns the cause.
func (e *DialError) Unwrap() error { return e.Err }

// Explain gives the code and the sentence to packages that do not know this one.
func (e *DialError) Explain() (code wire.ErrorCode, message string) { return e.Code, e.Text }

// EndError is what Read and Write of a tunnel return after the other side ended it
// for a reason. An ordinary end after at least one byte is io.EOF instead.
type EndError struct {
	// Close is the websocket's close code; 1005 and 1006 stand for a close frame
	// without a code and for none at all (RFC 6455 §7.4.1).
	Close wire.CloseCode
	// Reason is the text beside the code, written by the gateway for a person. A
	// tenant or device may have written it too: show it as text only.
	Reason string
	// AnyByte is true when at least one byte of the device had come.
	AnyByte bool
}

// Close codes that never stand in a frame (RFC 6455 §7.4.1).
const (
	closeNoCode   wire.CloseCode = 1005 // the close frame had no code
	closeAbnormal wire.CloseCode = 1006 // there was no close frame
)

// CloseReason returns the close code and the reason beside it.
func (e *EndError) CloseReason() (wire.CloseCode, string) { return e.Close, e.Reason }

// Unwrap makes an end without a close frame an io.ErrUnexpectedEOF.
func (e *EndError) Unwrap() error {
	if e.Close == closeAbnormal {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// Code names the end for machines.
func (e *EndError) Code() wire.ErrorCode {
	if end, ok := ends[e.Close]; ok {
		return end.code
	}
	return wire.CodeLost
}

// Explain gives the code and the sentence to packages that do not know this one. To them
// the tunnel is one connection of several, so its loss is not the loss of everything.
func (e *EndError) Explain() (code wire.ErrorCode, message string) {
	if code = e.Code(); code == wire.CodeLost {
		code = wire.CodeForwardBroken
	}
	return code, e.Error()
}

// Error returns the sentence for the person.
func (e *EndError) Error() string {
	end, ok := ends[e.Close]
	switch {
	case ok && e.Reason != "":
		return end.text + " (" + printable(e.Reason) + ")"
	case ok:
		return end.text
	case !e.AnyByte:
		return withReason("The connection ended before the device sent anything. "+
			"Check that the device is online and that something answers on the configured port.", e.Reason)
	default:
		return withReason("The connection to the device broke. Check the network and connect again.", e.Reason)
	}
}

func withReason(text, reason string) string {
	if reason == "" {
		return text
	}
	return text + " (" + printable(reason) + ")"
}

// printable keeps control characters of a foreign reason away from terminals and logs.
func printable(s string) string {
	clean := make([]rune, 0, len(s))
	for _, r := range s {
		if r < ' ' || (r >= 0x7f && r < 0xa0) || r == 0xfffd {
			r = '?'
		}
		clean = append(clean, r)
	}
	return string(clean)
}

// ends maps the close codes of ssh/wire/closecode.go that have a cause of their own.
// 1000, 1001, 1005 and 1006 are left out: what they mean depends on what came before.
var ends = map[wire.CloseCode]struct {
	code wire.ErrorCode
	text string
}{
	wire.CloseInternal:        {wire.CodeInternal, "The gateway failed. Connect again, and look at its log if this goes on."},
	wire.CloseDeviceRefused:   {wire.CodeDeviceRefused, "The device refused the connection."},
	wire.CloseDeviceTimeout:   {wire.CodeDeviceTimeout, "The device did not answer in time. Check that it is online."},
	wire.CloseIdle:            {wire.CodeIdle, "The connection was idle for too long and was closed."},
	wire.CloseMaxDuration:     {wire.CodeMaxDuration, "The connection reached the longest time it may last. Connect again to go on."},
	wire.CloseLoginEnded:      {wire.CodeLoginEnded, "Your login ended. Sign in and connect again."},
	wire.CloseTenantLost:      {wire.CodeTenantLost, "The gateway lost its connection to the tenant. Connect again."},
	wire.CloseGatewayStopping: {wire.CodeGatewayStopping, "The gateway is stopping. Connect again in a moment."},
}

// endError turns a close into what Read returns after the last byte.
func endError(code wire.CloseCode, reason string, anyByte bool) error {
	if anyByte && (code == wire.CloseNormal || code == closeNoCode) {
		return io.EOF
	}
	return &EndError{Close: code, Reason: reason, AnyByte: anyByte}
}
