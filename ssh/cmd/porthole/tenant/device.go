package tenant

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// Device is a device of the inventory.
type Device struct {
	ID   wire.DeviceID `json:"id"`
	Name string        `json:"name"`
	Type string        `json:"type,omitempty"`
	// Status is CONNECTED, DISCONNECTED, AVAILABLE, UNAVAILABLE …; "" when the device
	// never told.
	Status   string `json:"status,omitempty"`
	LastSeen string `json:"lastSeen,omitempty"`
	// Operations are what its agent understands; only Describe fills it.
	Operations []string `json:"supportedOperations,omitempty"`
}

// managedObject is the platform's record of a device.
type managedObject struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	Operations []string `json:"c8y_SupportedOperations"`
	Connection struct {
		Status string `json:"status"`
	} `json:"c8y_Connection"`
	Availability struct {
		Status      string `json:"status"`
		LastMessage string `json:"lastMessage"`
	} `json:"c8y_Availability"`
}

func (m managedObject) device() Device {
	d := Device{
		ID: wire.DeviceID(clean(m.ID)), Name: clean(m.Name), Type: clean(m.Type),
		Status: clean(m.Connection.Status), LastSeen: clean(m.Availability.LastMessage),
	}
	if d.Status == "" {
		d.Status = clean(m.Availability.Status)
	}
	for _, operation := range m.Operations {
		d.Operations = append(d.Operations, clean(operation))
	}
	return d
}

// maxCandidates is how many devices an error lists.
const maxCandidates = 10

// Devices lists devices whose name matches the pattern ("*" stands for any text, ""
// for every device), at most limit of them.
func (c *Client) Devices(ctx context.Context, pattern string, limit int) ([]Device, error) {
	var devices []Device
	const page = 500
	for number := 1; len(devices) < limit; number++ {
		var list struct {
			Objects []managedObject `json:"managedObjects"`
		}
		err := c.read(ctx, "/inventory/managedObjects", url.Values{
			"query": {wire.DevicesQuery(pattern)}, "pageSize": {strconv.Itoa(min(page, limit))}, "currentPage": {strconv.Itoa(number)},
		}, &list)
		if err != nil {
			return nil, err
		}
		for _, object := range list.Objects {
			devices = append(devices, object.device())
		}
		if len(list.Objects) < min(page, limit) {
			break
		}
	}
	return devices[:min(len(devices), limit)], nil
}

// Describe reads one device with all that is told of it.
func (c *Client) Describe(ctx context.Context, id wire.DeviceID) (Device, error) {
	var object managedObject
	err := c.read(ctx, "/inventory/managedObjects/"+url.PathEscape(string(id)), nil, &object)
	if notFound(err) {
		return Device{}, fault.Wrap(err, fault.NoDevice, "%s knows no device with the id %s. List them by `porthole devices list`.", c.Host(), clean(string(id)))
	}
	if err == nil && (object.ID != string(id) || !isID(object.ID)) {
		return Device{}, fault.New(fault.Network, "%s answered with another device than the one with the id %s. Check the address.", c.Host(), clean(string(id)))
	}
	return object.device(), err
}

// FindDevice finds the one device that is meant: by id (digits), by name with or
// without wildcards, or by external id. With an external type in only, nothing else is
// looked at. None or several are an error that lists candidates.
func (c *Client) FindDevice(ctx context.Context, meant, externalType string, only bool) (Device, error) {
	if meant == "" {
		return Device{}, fault.New(fault.Usage, "The name of the device is empty. List devices by `porthole devices list`.")
	}
	if only {
		return c.byExternalID(ctx, meant, externalType)
	}
	if isID(meant) {
		device, err := c.Describe(ctx, wire.DeviceID(meant))
		if err == nil || !notFound(err) {
			return device, err
		}
	}
	devices, err := c.Devices(ctx, meant, maxCandidates+1)
	if err != nil {
		return Device{}, err
	}
	if len(devices) == 1 {
		return c.Describe(ctx, devices[0].ID)
	}
	if len(devices) > 1 {
		return Device{}, fault.New(fault.NoDevice, "%q fits several devices: %s. Use the id of one of them.", clean(meant), list(devices))
	}
	device, err := c.byExternalID(ctx, meant, externalType)
	if err == nil || !notFound(err) {
		return device, err
	}
	return Device{}, c.noDevice(ctx, meant, externalType)
}

// byExternalID asks the identity service.
func (c *Client) byExternalID(ctx context.Context, id, kind string) (Device, error) {
	var found struct {
		Object struct {
			ID string `json:"id"`
		} `json:"managedObject"`
	}
	err := c.read(ctx, "/identity/externalIds/"+url.PathEscape(kind)+"/"+url.PathEscape(id), nil, &found)
	if notFound(err) {
		return Device{}, fault.Wrap(err, fault.NoDevice, "%s knows no device with the external id %q of the type %q. List devices by `porthole devices list`.", c.Host(), clean(id), clean(kind))
	}
	if err != nil {
		return Device{}, err
	}
	if !isID(found.Object.ID) {
		return Device{}, fault.New(fault.Network, "%s gave an answer without a device for the external id %q. Check the address.", c.Host(), clean(id))
	}
	return c.Describe(ctx, wire.DeviceID(found.Object.ID))
}

// noDevice is the error for a name that nothing has, with names that are like it.
func (c *Client) noDevice(ctx context.Context, meant, externalType string) error {
	text := fmt.Sprintf("%s knows no device with the name, id or %s %q.", c.Host(), clean(externalType), clean(meant))
	if !strings.Contains(meant, "*") {
		if like, err := c.Devices(ctx, "*"+meant+"*", maxCandidates+1); err == nil && len(like) > 0 {
			return fault.New(fault.NoDevice, "%s Like it are: %s.", text, list(like))
		}
	}
	return fault.New(fault.NoDevice, "%s List them by `porthole devices list`.", text)
}

// list names devices for an error.
func list(devices []Device) string {
	var names []string
	for i, device := range devices {
		if i == maxCandidates {
			names = append(names, "…")
			break
		}
		names = append(names, fmt.Sprintf("%s (%s)", device.Name, device.ID))
	}
	return strings.Join(names, ", ")
}

// isID tells whether s is an id of the platform: a number above zero.
func isID(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n > 0
}
