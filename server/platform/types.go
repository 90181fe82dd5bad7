// Package platform is what the gateway knows of the IoT platform: its JSON types and
// the client for a real tenant. The stand-in platform speaks the same types.
//
// Source of every shape: docs/protocol.md §1.
package platform

import (
	"encoding/json"
	"time"

	"porthole/ssh/wire"
)

// Configuration is a remote access configuration: a named host and port as seen from
// the device. The list of a device is a bare JSON array of these.
type Configuration struct {
	ID          wire.ConfigurationID `json:"id"`
	Name        string               `json:"name"`
	Hostname    string               `json:"hostname"`
	Port        int                  `json:"port"`
	Protocol    string               `json:"protocol"` // PASSTHROUGH, SSH, VNC, TELNET, TCP
	Credentials *Credentials         `json:"credentials,omitempty"`
}

// Credentials are what the platform stores for configurations that it terminates
// itself; passthrough uses type NONE.
type Credentials struct {
	Type       string  `json:"type"` // NONE, PASS_ONLY, USER_PASS, KEY_PAIR, CERTIFICATE
	Username   *string `json:"username"`
	Password   *string `json:"password"`
	PublicKey  *string `json:"publicKey"`
	PrivateKey *string `json:"privateKey"`
	HostKey    *string `json:"hostKey"`
	// Certificate belongs to type CERTIFICATE.
	Certificate *string `json:"certificate"`
}

// OperationStatus is the life of an operation: PENDING → EXECUTING → SUCCESSFUL or FAILED.
type OperationStatus string

// The four states of an operation.
const (
	StatusPending    OperationStatus = "PENDING"
	StatusExecuting  OperationStatus = "EXECUTING"
	StatusSuccessful OperationStatus = "SUCCESSFUL"
	StatusFailed     OperationStatus = "FAILED"
)

// ConnectOrder is the fragment c8y_RemoteAccessConnect of a connect operation.
type ConnectOrder struct {
	Hostname      string             `json:"hostname"`
	Port          int                `json:"port"`
	ConnectionKey wire.ConnectionKey `json:"connectionKey"`
}

// Operation is an order to a device; only what remote access needs of it.
type Operation struct {
	ID            string          `json:"id"`
	DeviceID      wire.DeviceID   `json:"deviceId"`
	Status        OperationStatus `json:"status"`
	CreationTime  time.Time       `json:"creationTime"`
	Description   string          `json:"description,omitempty"`
	FailureReason string          `json:"failureReason,omitempty"`
	Connect       *ConnectOrder   `json:"c8y_RemoteAccessConnect,omitempty"`
}

// OperationList is the answer of GET /devicecontrol/operations.
type OperationList struct {
	Operations []Operation `json:"operations"`
}

// ManagedObject is a device as the inventory knows it; only what we read.
type ManagedObject struct {
	ID           wire.DeviceID   `json:"id"`
	Name         string          `json:"name"`
	Type         string          `json:"type,omitempty"`
	IsDevice     json.RawMessage `json:"c8y_IsDevice,omitempty"`
	Availability *Availability   `json:"c8y_Availability,omitempty"`
	Connection   *struct {
		Status string `json:"status"` // CONNECTED, DISCONNECTED
	} `json:"c8y_Connection,omitempty"`
	RemoteAccessList []Configuration `json:"c8y_RemoteAccessList,omitempty"`
}

// Availability is when the platform last heard of a device.
type Availability struct {
	Status      string    `json:"status"` // AVAILABLE, UNAVAILABLE, MAINTENANCE
	LastMessage time.Time `json:"lastMessage"`
}

// CurrentUser is the answer of GET /user/currentUser; only what we read.
type CurrentUser struct {
	UserName       string `json:"userName"`
	EffectiveRoles []struct {
		ID string `json:"id"`
	} `json:"effectiveRoles"`
}
