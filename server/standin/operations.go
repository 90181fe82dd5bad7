package standin

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// maxOperations is how many operations are kept of one device; the oldest ended ones go
// first.
const maxOperations = 200

// operation is an order to a device.
type operation struct {
	// Static after construction.
	id         int64
	base       string // URL of the platform as its creator reached it
	device     wire.DeviceID
	deviceName string
	created    time.Time

	// Guarded by operations.mu.
	status        platform.OperationStatus
	failureReason string
	fragments     map[string]json.RawMessage // description too
}

// operations are all operations, in memory.
type operations struct {
	now     func() time.Time
	publish func(device wire.DeviceID, action string, body json.RawMessage)

	mu       sync.Mutex
	last     int64 // the id given last
	byID     map[int64]*operation
	byDevice map[wire.DeviceID][]*operation // oldest first
}

// newOperations starts ids at the time, so that an agent which outlives a restart never
// takes a new operation for one it has done.
func newOperations(now func() time.Time, publish func(wire.DeviceID, string, json.RawMessage)) *operations {
	return &operations{
		now: now, publish: publish, last: max(now().UnixMilli(), 0),
		byID: make(map[int64]*operation), byDevice: make(map[wire.DeviceID][]*operation),
	}
}

// create adds a PENDING operation and tells the subscribers; it returns the JSON.
func (s *operations) create(base string, id wire.DeviceID, name string, fragments map[string]json.RawMessage) (int64, json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	op := &operation{
		id: s.last, base: base, device: id, deviceName: name, created: s.now().Truncate(time.Millisecond),
		status: platform.StatusPending, fragments: fragments,
	}
	s.byID[op.id] = op
	s.byDevice[id] = s.trim(append(s.byDevice[id], op))
	body := op.render()
	s.publish(id, "CREATE", body)
	return op.id, body
}

// trim forgets the oldest operation over the bound, one that has ended if there is one.
func (s *operations) trim(list []*operation) []*operation {
	if len(list) <= maxOperations {
		return list
	}
	i := max(slices.IndexFunc(list, func(op *operation) bool { return ended(op.status) }), 0)
	delete(s.byID, list[i].id)
	return slices.Delete(list, i, i+1)
}

func ended(s platform.OperationStatus) bool {
	return s == platform.StatusSuccessful || s == platform.StatusFailed
}

// legal says whether a status may follow another: never backwards, and what has ended
// stays; the same again is no change.
func legal(from, to platform.OperationStatus) bool {
	switch from {
	case platform.StatusPending:
		return true
	case platform.StatusExecuting:
		return to != platform.StatusPending
	case platform.StatusSuccessful, platform.StatusFailed:
		return to == from
	default:
		return false
	}
}

func validStatus(s platform.OperationStatus) bool {
	return slices.Contains([]platform.OperationStatus{
		platform.StatusPending, platform.StatusExecuting, platform.StatusSuccessful, platform.StatusFailed,
	}, s)
}

// operationPatch is a change of an operation.
type operationPatch struct {
	status        platform.OperationStatus // empty leaves it
	failureReason *string
	fragments     map[string]json.RawMessage
}

// update changes an operation, which allowed must permit, and tells the subscribers.
func (s *operations) update(id int64, allowed func(wire.DeviceID) bool, patch operationPatch) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.byID[id]
	switch {
	case op == nil:
		return nil, noOperation(strconv.FormatInt(id, 10))
	case !allowed(op.device):
		return nil, errForeignOperation
	case patch.status != "" && !legal(op.status, patch.status):
		return nil, invalid("devicecontrol", "An operation cannot go from "+string(op.status)+" to "+string(patch.status)+".")
	}
	if patch.status != "" {
		op.status = patch.status
	}
	if patch.failureReason != nil {
		op.failureReason = *patch.failureReason
	}
	maps.Copy(op.fragments, patch.fragments)
	body := op.render()
	s.publish(op.device, "UPDATE", body)
	return body, nil
}

// expire makes an operation FAILED unless it has ended, or, with onlyPending, unless the
// agent has taken it up.
func (s *operations) expire(id int64, reason string, onlyPending bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.byID[id]
	if op == nil || ended(op.status) || (onlyPending && op.status != platform.StatusPending) {
		return
	}
	op.status, op.failureReason = platform.StatusFailed, reason
	s.publish(op.device, "UPDATE", op.render())
}

// get returns the JSON of an operation that allowed permits.
func (s *operations) get(id int64, allowed func(wire.DeviceID) bool) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.byID[id]
	if op == nil {
		return nil, noOperation(strconv.FormatInt(id, 10))
	}
	if !allowed(op.device) {
		return nil, errForeignOperation
	}
	return op.render(), nil
}

// operationFilter narrows a list; zero fields do not.
type operationFilter struct {
	device   wire.DeviceID
	agent    wire.DeviceID
	status   platform.OperationStatus
	fragment string
	from, to time.Time // creation, both inclusive
	newest   bool      // newest first
}

func (f operationFilter) match(op *operation) bool {
	_, has := op.fragments[f.fragment]
	return (f.device == "" || f.device == op.device) &&
		(f.agent == "" || f.agent == op.device) &&
		(f.status == "" || f.status == op.status) &&
		(f.fragment == "" || has) &&
		(f.from.IsZero() || !op.created.Before(f.from)) &&
		(f.to.IsZero() || !op.created.After(f.to))
}

// list returns one page and how many operations there are in all.
func (s *operations) list(f operationFilter, pg page) ([]json.RawMessage, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*operation
	collect := func(ops []*operation) {
		for _, op := range ops {
			if f.match(op) {
				found = append(found, op)
			}
		}
	}
	if one := cmp.Or(f.device, f.agent); one != "" {
		collect(s.byDevice[one])
	} else {
		for _, ops := range s.byDevice {
			collect(ops)
		}
		slices.SortFunc(found, func(a, b *operation) int { return cmp.Compare(a.id, b.id) })
	}
	if f.newest {
		slices.Reverse(found)
	}
	from, to := pg.cut(len(found))
	out := []json.RawMessage{}
	for _, op := range found[from:to] {
		out = append(out, op.render())
	}
	return out, len(found)
}

// render makes the JSON. The caller holds operations.mu.
func (op *operation) render() json.RawMessage {
	id := strconv.FormatInt(op.id, 10)
	m := make(map[string]any, len(op.fragments)+8)
	for k, v := range op.fragments {
		m[k] = v
	}
	m["self"] = op.base + "/devicecontrol/operations/" + id
	m["id"] = id
	m["deviceId"] = op.device
	m["deviceName"] = op.deviceName
	m["status"] = op.status
	m["creationTime"] = timestamp(op.created)
	if op.failureReason != "" {
		m["failureReason"] = op.failureReason
	}
	body, err := json.Marshal(m)
	if err != nil {
		return json.RawMessage("{}") // fragments were decoded from JSON, so they encode
	}
	return body
}
