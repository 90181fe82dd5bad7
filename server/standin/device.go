package standin

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// silence is how long after its last contact a device counts as available.
const silence = 30 * time.Second

// device is one device of the inventory.
type device struct {
	// Static after construction.
	id      wire.DeviceID
	number  int64 // the id, for ordering
	serial  string
	owner   string // its user
	created time.Time

	// Contact: changed by every request of the device's user, written to the state
	// file only along with something else.
	lastSeen atomic.Int64 // Unix milliseconds; 0 is never
	held     atomic.Int32 // long polls and websockets that are open

	// Guarded by Platform.mu.
	name           string
	kind           string // its type
	updated        time.Time
	configurations []platform.Configuration // replaced, never changed in place
	nextConfig     int64
}

// touch notes contact.
func (d *device) touch(now time.Time) { d.lastSeen.Store(now.UnixMilli()) }

// hold notes contact that lasts until the returned function is called.
func (d *device) hold(now func() time.Time) (release func()) {
	d.held.Add(1)
	return func() {
		d.touch(now())
		d.held.Add(-1)
	}
}

// seen is the time of the last contact: now while a poll is held.
func (d *device) seen(now time.Time) (time.Time, bool) {
	if d.held.Load() > 0 {
		return now, true
	}
	ms := d.lastSeen.Load()
	return time.UnixMilli(ms).UTC(), ms != 0
}

// timestamp is a time as the platform writes it: UTC with three decimals.
type timestamp time.Time

// MarshalJSON writes "2006-01-02T15:04:05.000Z".
func (t timestamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(t.String())
}

// String is the text of MarshalJSON.
func (t timestamp) String() string {
	return time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// managedObject is a device as the inventory shows it.
type managedObject struct {
	Self                string                   `json:"self"`
	ID                  wire.DeviceID            `json:"id"`
	Name                string                   `json:"name"`
	Type                string                   `json:"type,omitempty"`
	Owner               string                   `json:"owner"`
	CreationTime        timestamp                `json:"creationTime"`
	LastUpdated         timestamp                `json:"lastUpdated"`
	IsDevice            struct{}                 `json:"c8y_IsDevice"`
	Agent               struct{}                 `json:"com_cumulocity_model_Agent"`
	SupportedOperations []string                 `json:"c8y_SupportedOperations"`
	RemoteAccessList    []platform.Configuration `json:"c8y_RemoteAccessList,omitempty"`
	Availability        availability             `json:"c8y_Availability"`
	Connection          connectionState          `json:"c8y_Connection"`
	Required            requiredAvailability     `json:"c8y_RequiredAvailability"`
	Hardware            hardware                 `json:"c8y_Hardware"`
}

type availability struct {
	Status      string     `json:"status"` // AVAILABLE, UNAVAILABLE
	LastMessage *timestamp `json:"lastMessage,omitempty"`
}

type connectionState struct {
	Status string `json:"status"` // CONNECTED, DISCONNECTED
}

type requiredAvailability struct {
	ResponseInterval int `json:"responseInterval"` // minutes
}

type hardware struct {
	SerialNumber string `json:"serialNumber,omitempty"`
}

var supportedOperations = []string{wire.FragmentConnect}

func (d *device) availability(now time.Time) availability {
	at, ever := d.seen(now)
	if !ever {
		return availability{Status: "UNAVAILABLE"}
	}
	last := timestamp(at)
	if now.Sub(at) > silence {
		return availability{Status: "UNAVAILABLE", LastMessage: &last}
	}
	return availability{Status: "AVAILABLE", LastMessage: &last}
}

func (d *device) connection() connectionState {
	if d.held.Load() > 0 {
		return connectionState{Status: "CONNECTED"}
	}
	return connectionState{Status: "DISCONNECTED"}
}

// object renders the device. The caller holds Platform.mu.
func (d *device) object(base string, now time.Time) managedObject {
	return managedObject{
		Self:                base + "/inventory/managedObjects/" + string(d.id),
		ID:                  d.id,
		Name:                d.name,
		Type:                d.kind,
		Owner:               d.owner,
		CreationTime:        timestamp(d.created),
		LastUpdated:         timestamp(d.updated),
		SupportedOperations: supportedOperations,
		RemoteAccessList:    d.configurations,
		Availability:        d.availability(now),
		Connection:          d.connection(),
		Required:            requiredAvailability{ResponseInterval: 1},
		Hardware:            hardware{SerialNumber: d.serial},
	}
}

// record gives queries the fields of a device without rendering it: a list of thousands
// is filtered before one page of it is rendered. The caller holds Platform.mu.
type record struct {
	d   *device
	now time.Time
}

// field finds a value by its dotted path: string, float64, time.Time, []string, or
// struct{} for a fragment that has no value of its own.
func (r record) field(path string) (any, bool) {
	d := r.d
	switch path {
	case "id", "id.value":
		return string(d.id), true
	case "name":
		return d.name, true
	case "type":
		return d.kind, d.kind != ""
	case "owner":
		return d.owner, d.owner != ""
	case "creationTime", "creationTime.date":
		return d.created, true
	case "lastUpdated", "lastUpdated.date":
		return d.updated, true
	case "c8y_IsDevice", "com_cumulocity_model_Agent", "c8y_Availability", "c8y_Connection", "c8y_RequiredAvailability", "c8y_Hardware":
		return struct{}{}, true
	case "c8y_SupportedOperations":
		return supportedOperations, true
	case "c8y_RequiredAvailability.responseInterval":
		return float64(1), true
	case "c8y_Hardware.serialNumber":
		return d.serial, d.serial != ""
	case "c8y_Availability.status":
		return d.availability(r.now).Status, true
	case "c8y_Availability.lastMessage", "c8y_Availability.lastMessage.date":
		at, ok := d.seen(r.now)
		return at, ok
	case "c8y_Connection.status":
		return d.connection().Status, true
	}
	return d.configurationField(path)
}

// configurationField finds a value in the mirrored list of configurations: that of any
// of them.
func (d *device) configurationField(path string) (any, bool) {
	rest, ok := strings.CutPrefix(path, "c8y_RemoteAccessList")
	if !ok || len(d.configurations) == 0 {
		return nil, false
	}
	var values []string
	for _, c := range d.configurations {
		switch rest {
		case "":
			return struct{}{}, true
		case ".id":
			values = append(values, string(c.ID))
		case ".name":
			values = append(values, c.Name)
		case ".hostname":
			values = append(values, c.Hostname)
		case ".protocol":
			values = append(values, c.Protocol)
		}
	}
	return values, len(values) > 0
}
