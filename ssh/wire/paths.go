package wire

import "net/url"

// Subprotocol is the websocket subprotocol of every passthrough websocket, both
// client and device side. The platform always answers with it, so ask for it:
// strict clients fail on an answer they did not ask for.
const Subprotocol = "binary"

// ProtocolPassthrough is the protocol of configurations that carry raw TCP bytes.
const ProtocolPassthrough = "PASSTHROUGH"

// RoleRemoteAccess is the platform's role without which no connection is made.
const RoleRemoteAccess = "ROLE_REMOTE_ACCESS_ADMIN"

// FragmentConnect is the operation fragment that orders a device to dial out.
const FragmentConnect = "c8y_RemoteAccessConnect"

const servicePath = "/service/remoteaccess"

// HealthPath answers 200 to HEAD when the tenant is subscribed to remote access.
const HealthPath = servicePath + "/health"

// ClientPath is the client's websocket of a configuration.
func ClientPath(device DeviceID, configuration ConfigurationID) string {
	return servicePath + "/client/" + url.PathEscape(string(device)) +
		"/configurations/" + url.PathEscape(string(configuration))
}

// DevicePath is the device's websocket for a connection key.
func DevicePath(key ConnectionKey) string {
	return servicePath + "/device/" + url.PathEscape(string(key))
}

// ConfigurationsPath is the list of a device's remote access configurations.
func ConfigurationsPath(device DeviceID) string {
	return servicePath + "/devices/" + url.PathEscape(string(device)) + "/configurations"
}
