package wire

import "time"

// GatewayInfo is the answer to GET /api/config; it needs no login.
type GatewayInfo struct {
	Version string `json:"version"`
	// Demo is true when the gateway runs its own stand-in platform.
	Demo bool `json:"demo"`
	// Tenant is the host name of the tenant, for the sign-in page.
	Tenant string `json:"tenant"`
	// Forwards says whether and how pages of devices can be shown.
	Forwards ForwardsInfo `json:"forwards"`
	// Files says whether there is a files panel, and its limits.
	Files FilesInfo `json:"files"`
}

// LoginRequest is the body of POST /api/login.
type LoginRequest struct {
	User     string `json:"user"`
	Password string `json:"password"`
	TFACode  string `json:"tfaCode,omitempty"`
}

// DemoRequest is the body of POST /api/demo: the one-time code of the printed link.
type DemoRequest struct {
	Code string `json:"code"`
}

// LoginInfo describes a login to its own browser: answer of POST /api/login, POST
// /api/demo and GET /api/login. It holds no secret.
type LoginInfo struct {
	User   string   `json:"user"`
	Tenant TenantID `json:"tenant"`
	// RemoteAccess is false when the principal lacks RoleRemoteAccess.
	RemoteAccess bool      `json:"remoteAccess"`
	IdleUntil    time.Time `json:"idleUntil"` // the login ends then unless used before
	Until        time.Time `json:"until"`     // the login ends then in any case
}

// Refusal is the answer of GET /api/refusals?device=&configuration=: why the last
// websocket upgrade of this login to that configuration was refused (browsers hide
// the status and body of a refused upgrade). 204 when there was none within a minute.
type Refusal struct {
	Status int `json:"status"` // HTTP status of the refused upgrade
	ErrorBody
}
