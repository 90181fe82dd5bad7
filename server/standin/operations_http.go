package standin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

const maxFailureReason = 2000 // bytes

// reservedFields are set by the platform and ignored in what clients send.
var reservedFields = []string{"id", "self", "deviceId", "deviceName", "agentId", "status", "creationTime", "failureReason", "deliveryFailed"}

var errForeignOperation = forbidden("Access is denied: the operation belongs to another device.")

func noOperation(id string) *apiError {
	return notFound("devicecontrol", "Finding operation data from database failed : No operation for id '"+id+"'!")
}

// operationsPage is the answer to a list.
type operationsPage struct {
	links
	Operations []json.RawMessage `json:"operations"`
	Statistics statistics        `json:"statistics"`
}

func (p *Platform) listOperations(c *call) error {
	values := c.r.URL.Query()
	pg, err := parsePage(values, "devicecontrol")
	if err != nil {
		return err
	}
	f, err := parseOperationFilter(values)
	if err != nil {
		return err
	}
	switch {
	case c.who.device != nil:
		own := c.who.device.id
		if (f.device != "" && f.device != own) || (f.agent != "" && f.agent != own) {
			return errForeignOperation
		}
		f.device = own
	case !c.who.mayReadOperations():
		return forbidden("Access is denied: " + roleOperationsRead + " is required.")
	}
	list, n := p.ops.list(f, pg)
	writeJSON(c.w, http.StatusOK, operationsPage{
		links:      pg.links(baseURL(c.r)+"/devicecontrol/operations", values, n),
		Operations: list, Statistics: pg.statistics(n),
	})
	return nil
}

// parseOperationFilter reads deviceId, agentId, status, fragmentType, dateFrom, dateTo
// and revert.
func parseOperationFilter(v url.Values) (operationFilter, error) {
	f := operationFilter{
		device: wire.DeviceID(v.Get("deviceId")), agent: wire.DeviceID(v.Get("agentId")),
		status: platform.OperationStatus(v.Get("status")), fragment: v.Get("fragmentType"),
		newest: v.Get("revert") == "true",
	}
	if f.status != "" && !validStatus(f.status) {
		return f, invalid("devicecontrol", "status must be one of PENDING, EXECUTING, SUCCESSFUL, FAILED.")
	}
	var err error
	if s := v.Get("dateFrom"); s != "" {
		if f.from, err = parseTime(s); err != nil {
			return f, invalid("devicecontrol", "dateFrom is not a date.")
		}
	}
	if s := v.Get("dateTo"); s != "" {
		if f.to, err = parseTime(s); err != nil {
			return f, invalid("devicecontrol", "dateTo is not a date.")
		}
	}
	return f, nil
}

// allowed says which devices' operations the caller may see, or change.
func (c *call) allowed(person bool) func(wire.DeviceID) bool {
	return func(id wire.DeviceID) bool {
		if c.who.device != nil {
			return c.who.device.id == id
		}
		return person
	}
}

// operationID reads the id of the path; one that is no number cannot exist.
func (c *call) operationID() (int64, error) {
	id, err := strconv.ParseInt(c.args[0], 10, 64)
	if err != nil {
		return 0, noOperation(c.args[0])
	}
	return id, nil
}

func (p *Platform) getOperation(c *call) error {
	id, err := c.operationID()
	if err != nil {
		return err
	}
	body, err := p.ops.get(id, c.allowed(c.who.mayReadOperations()))
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, body)
	return nil
}

// createOperation takes any operation of a person; it reaches the agent like a connect
// operation does.
func (p *Platform) createOperation(c *call) error {
	if !c.who.mayChangeOperations() {
		return forbidden("Access is denied: " + roleOperationsAdmin + " is required.")
	}
	var fields map[string]json.RawMessage
	if err := readJSON(c, "devicecontrol", &fields); err != nil {
		return err
	}
	var id wire.DeviceID
	if err := json.Unmarshal(fields["deviceId"], &id); err != nil || id == "" {
		return invalid("devicecontrol", "deviceId must be the id of a device, as a string.")
	}
	p.mu.RLock()
	d := p.devices[id]
	var name string
	if d != nil {
		name = d.name
	}
	p.mu.RUnlock()
	if d == nil {
		return invalid("devicecontrol", "No device for id '"+string(id)+"'.")
	}
	opID, body := p.ops.create(baseURL(c.r), id, name, ownFields(fields))
	c.w.Header().Set("Location", baseURL(c.r)+"/devicecontrol/operations/"+strconv.FormatInt(opID, 10))
	writeJSON(c.w, http.StatusCreated, body)
	return nil
}

func (p *Platform) updateOperation(c *call) error {
	id, err := c.operationID()
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := readJSON(c, "devicecontrol", &fields); err != nil {
		return err
	}
	patch, err := parsePatch(fields)
	if err != nil {
		return err
	}
	body, err := p.ops.update(id, c.allowed(c.who.mayChangeOperations()), patch)
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, body)
	return nil
}

func parsePatch(fields map[string]json.RawMessage) (operationPatch, error) {
	var patch operationPatch
	if raw, ok := fields["status"]; ok {
		if err := json.Unmarshal(raw, &patch.status); err != nil || !validStatus(patch.status) {
			return patch, invalid("devicecontrol", "status must be one of PENDING, EXECUTING, SUCCESSFUL, FAILED.")
		}
	}
	if raw, ok := fields["failureReason"]; ok {
		if err := json.Unmarshal(raw, &patch.failureReason); err != nil {
			return patch, invalid("devicecontrol", "failureReason must be a text.")
		}
		if s := patch.failureReason; s != nil && len(*s) > maxFailureReason {
			return patch, invalid("devicecontrol", "failureReason is too long.")
		}
	}
	patch.fragments = ownFields(fields)
	// An agent reports about its order; it does not rewrite it.
	delete(patch.fragments, wire.FragmentConnect)
	return patch, nil
}

// ownFields drops what the platform sets itself.
func ownFields(fields map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(fields))
	for k, v := range fields {
		if !slices.Contains(reservedFields, k) {
			out[k] = v
		}
	}
	return out
}
