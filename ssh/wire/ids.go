package wire

// Distinct types, so that a device's id can never be passed for a configuration's.
type (
	// TenantID names a tenant of the platform, such as "t12345".
	TenantID string
	// DeviceID is the platform's id of a device (of its managed object): decimal digits.
	DeviceID string
	// ConfigurationID is the id of a remote access configuration, unique within its device.
	ConfigurationID string
	// ConnectionKey pairs the device's websocket with the client's. It is a bearer
	// secret for one connection: never log it, never put it in an error.
	ConnectionKey string
	// ConnectionID names one relayed connection in the gateway's log.
	ConnectionID string
)
