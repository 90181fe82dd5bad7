package standin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"porthole/ssh/wire"
)

// externalIDType is the type of the external ids that devices have here.
const externalIDType = "c8y_Serial"

// managedObjects is the answer to a list of the inventory.
type managedObjects struct {
	links
	ManagedObjects []managedObject `json:"managedObjects"`
	Statistics     statistics      `json:"statistics"`
}

func (p *Platform) listDevices(c *call) error {
	values := c.r.URL.Query()
	pg, err := parsePage(values, "inventory")
	if err != nil {
		return err
	}
	sel, err := parseSelection(values)
	if err != nil {
		return err
	}
	base := baseURL(c.r)
	out := managedObjects{ManagedObjects: []managedObject{}}
	n := p.selectDevices(c.who, sel, pg, func(r record) {
		out.ManagedObjects = append(out.ManagedObjects, r.d.object(base, r.now))
	})
	out.Statistics = pg.statistics(n)
	out.links = pg.links(base+"/inventory/managedObjects", values, n)
	writeJSON(c.w, http.StatusOK, out)
	return nil
}

// selectDevices calls each for the devices of one page, under the lock, and returns how
// many there are in all. A device's user finds its own device only.
func (p *Platform) selectDevices(who principal, sel selection, pg page, each func(record)) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	now := p.now()
	var found []record
	for _, d := range p.order {
		r := record{d, now}
		if (who.device == nil || who.device == d) && sel.match(r) {
			found = append(found, r)
		}
	}
	if len(sel.query.order) > 0 {
		sortRecords(found, sel.query.order)
	}
	from, to := pg.cut(len(found))
	for _, r := range found[from:to] {
		each(r)
	}
	return len(found)
}

// selection is what a list of the inventory is narrowed by; all parts must hold.
type selection struct {
	query    query
	ids      []string
	fragment string
	kind     string
	owner    string
	text     string
}

// parseSelection reads query and q (the same for devices), ids, fragmentType, type,
// owner and text.
func parseSelection(v url.Values) (selection, error) {
	sel := selection{fragment: v.Get("fragmentType"), kind: v.Get("type"), owner: v.Get("owner"), text: v.Get("text")}
	if ids := v.Get("ids"); ids != "" {
		sel.ids = strings.Split(ids, ",")
	}
	for _, name := range []string{"query", "q"} {
		s := v.Get(name)
		if s == "" {
			continue
		}
		q, err := parseQuery(s)
		if err != nil {
			return sel, invalid("inventory", "The query is not valid: "+err.Error())
		}
		sel.query.order = append(sel.query.order, q.order...)
		if q.filter != nil {
			sel.query.filter = both(sel.query.filter, q.filter)
		}
	}
	return sel, nil
}

func both(a, b expr) expr {
	if a == nil {
		return b
	}
	return allOf{a, b}
}

func (s selection) match(r record) bool {
	if s.query.filter != nil && !s.query.filter.match(r) {
		return false
	}
	if s.ids != nil && !slices.Contains(s.ids, string(r.d.id)) {
		return false
	}
	if s.fragment != "" {
		if _, ok := r.field(s.fragment); !ok {
			return false
		}
	}
	return (s.kind == "" || s.kind == r.d.kind) && (s.owner == "" || s.owner == r.d.owner) &&
		(s.text == "" || strings.Contains(strings.ToLower(r.d.name), strings.ToLower(s.text)))
}

func (p *Platform) getDevice(c *call) error {
	d, err := p.deviceOf(c)
	if err != nil {
		return err
	}
	p.mu.RLock()
	mo := d.object(baseURL(c.r), p.now())
	p.mu.RUnlock()
	writeJSON(c.w, http.StatusOK, mo)
	return nil
}

// externalIdentity is one external id of a device.
type externalIdentity struct {
	Self          string            `json:"self"`
	ExternalID    string            `json:"externalId"`
	Type          string            `json:"type"`
	ManagedObject managedObjectLink `json:"managedObject"`
}

type managedObjectLink struct {
	Self string        `json:"self"`
	ID   wire.DeviceID `json:"id"`
}

func (d *device) identity(base string) externalIdentity {
	return externalIdentity{
		Self:       base + "/identity/externalIds/" + externalIDType + "/" + url.PathEscape(d.serial),
		ExternalID: d.serial, Type: externalIDType,
		ManagedObject: managedObjectLink{Self: base + "/inventory/managedObjects/" + string(d.id), ID: d.id},
	}
}

func (p *Platform) externalID(c *call) error {
	kind, id := c.args[0], c.args[1]
	p.mu.RLock()
	d := p.bySerial[id]
	p.mu.RUnlock()
	if d == nil || kind != externalIDType {
		return notFound("identity", "External id not found; external id = ID [type="+kind+", value="+id+"]")
	}
	if c.who.device != nil && c.who.device != d {
		return forbidden("A device user may look up its own device only.")
	}
	writeJSON(c.w, http.StatusOK, d.identity(baseURL(c.r)))
	return nil
}

func (p *Platform) externalIDsOf(c *call) error {
	d, err := p.deviceOf(c)
	if err != nil {
		return err
	}
	base := baseURL(c.r)
	ids := []externalIdentity{}
	if d.serial != "" {
		ids = append(ids, d.identity(base))
	}
	writeJSON(c.w, http.StatusOK, map[string]any{
		"self": base + "/identity/globalIds/" + string(d.id) + "/externalIds", "externalIds": ids,
	})
	return nil
}
