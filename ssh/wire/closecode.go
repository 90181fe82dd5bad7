package wire

// CloseCode is a websocket close status (RFC 6455 §7.4): 1000–2999 are the RFC's,
// 4000–4999 are ours and only the gateway sends them.
type CloseCode int

// The table of every end of a connection. The reason text beside the code is a
// sentence for a person of at most MaxCloseReason bytes.
const (
	// CloseNormal: one side ended the connection as it should. A cut without a close
	// frame (1006) counts as this too, because known clients and agents end that way.
	CloseNormal CloseCode = 1000
	// CloseGoingAway: the page or program went away.
	CloseGoingAway CloseCode = 1001
	// CloseInternal: the sender failed in a way it cannot name.
	CloseInternal CloseCode = 1011

	// CloseDeviceRefused: the device answered the connect operation with FAILED; the
	// reason is its failureReason.
	CloseDeviceRefused CloseCode = 4001
	// CloseDeviceTimeout: no byte came from the device within the waiting time.
	CloseDeviceTimeout CloseCode = 4002
	// CloseIdle: no byte either way for the idle limit.
	CloseIdle CloseCode = 4003
	// CloseMaxDuration: the connection reached its longest allowed duration.
	CloseMaxDuration CloseCode = 4004
	// CloseLoginEnded: the login that opened the connection expired or signed out.
	CloseLoginEnded CloseCode = 4005
	// CloseTenantLost: the websocket to the tenant broke.
	CloseTenantLost CloseCode = 4006
	// CloseGatewayStopping: the gateway is shutting down.
	CloseGatewayStopping CloseCode = 4007
)

// MaxCloseReason is the longest reason of a close frame, in bytes: a control frame
// holds 125 (RFC 6455 §5.5), of which the code takes 2.
const MaxCloseReason = 123
