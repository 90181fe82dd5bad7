package standin_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

type deviceList struct {
	Self, Next, Prev string
	ManagedObjects   []platform.ManagedObject
	Statistics       struct {
		CurrentPage, PageSize int
		TotalPages            *int
		TotalElements         *int
	}
}

func (w *world) devices(auth, query string) deviceList {
	w.t.Helper()
	var l deviceList
	w.want(200, "GET", "/inventory/managedObjects?"+query, auth, "").json(w.t, &l)
	return l
}

func ids(l deviceList) string {
	var s []string
	for _, mo := range l.ManagedObjects {
		s = append(s, string(mo.ID))
	}
	return strings.Join(s, " ")
}

// The captured request of go-c8y-cli, byte for byte.
func TestInventoryFindsADeviceByName(t *testing.T) {
	w := newWorld(t, nil)
	l := w.devices(asAdmin, "pageSize=5&query=%28name+eq+%27dev01%27%29+and+has%28c8y_IsDevice%29")
	if ids(l) != "1234" || l.ManagedObjects[0].Name != "dev01" || l.Statistics.PageSize != 5 || l.Statistics.CurrentPage != 1 || l.Statistics.TotalPages != nil {
		t.Fatalf("got %+v", l)
	}
	l = w.devices(asAdmin, "pageSize=5&query=%28name+eq+%27dev%2A%27%29+and+has%28c8y_IsDevice%29")
	if ids(l) != "1234 1235" {
		t.Fatalf("by wildcard: %q", ids(l))
	}
	l = w.devices(asAdmin, "pageSize=5&query=%28name+eq+%27none%27%29")
	if l.ManagedObjects == nil || len(l.ManagedObjects) != 0 {
		t.Fatalf("no match: %+v", l)
	}
}

func TestInventoryQueries(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) {
		o.Devices[0].LastSeen = time.Now().Add(-time.Hour)
		o.Devices = append(o.Devices, standin.Device{ID: "9", Name: "it's (odd), and 100% = ok", Type: "other"})
	})
	for query, want := range map[string]string{
		"":                                    "9 1234 1235",
		"name eq 'DEV01'":                     "1234",
		"name eq '*0*'":                       "9 1234 1235",
		"name eq 'dev0*' and type eq 'other'": "1235",
		"name eq '*''s (odd), and 100% = ok'": "9",
		"not(name eq 'dev*')":                 "9",
		"not name eq 'dev*'":                  "9",
		"name eq 'dev01' or name eq 'dev02'":  "1234 1235",
		"(type eq 'other' or has(c8y_RemoteAccessList)) and not (id eq '9')": "1234 1235",
		"type eq 'other' or name eq 'dev01' and type eq 'none'":              "9 1235",
		"has(c8y_RemoteAccessList)":                                          "1234",
		"has(c8y_RemoteAccessList.name)":                                     "1234",
		"has(nothing)":                                                       "",
		"c8y_RemoteAccessList.name eq 'webssh'":                              "1234",
		"c8y_SupportedOperations eq 'c8y_RemoteAccessConnect'":               "9 1234 1235",
		"c8y_Hardware.serialNumber eq 'dev02'":                               "1235",
		"c8y_Availability.status eq 'UNAVAILABLE'":                           "9 1234 1235",
		"c8y_Availability.lastMessage lt '2999-01-01T00:00:00.000Z'":         "1234",
		"creationTime.date gt '2020-01-01T00:00:00Z'":                        "9 1234 1235",
		"creationTime.date lt '2020-01-01'":                                  "",
		"c8y_RequiredAvailability.responseInterval ge 1":                     "9 1234 1235",
		"id gt 100": "1234 1235",
		"$filter=(name eq 'dev*') $orderby=name desc":    "1235 1234",
		"$filter=name eq 'dev*' $orderby=name":           "1234 1235",
		"$orderby=name asc":                              "1234 1235 9",
		"$orderby=type desc,name desc":                   "1234 9 1235",
		"$orderby=id desc":                               "1235 1234 9",
		"$FILTER=NAME eq 'x'":                            "",
		"$filter=has(c8y_IsDevice) AND name EQ 'dev01' ": "1234",
	} {
		for _, parameter := range []string{"query", "q"} {
			if got := ids(w.devices(asAdmin, "pageSize=100&"+parameter+"="+url.QueryEscape(query))); got != want {
				t.Errorf("%s=%s: got %q, want %q", parameter, query, got, want)
			}
		}
	}
	for parameters, want := range map[string]string{
		"ids=1235,9": "9 1235", "fragmentType=c8y_RemoteAccessList": "1234", "type=other": "9 1235",
		"owner=device_dev01": "1234", "text=DEV": "1234 1235",
	} {
		if got := ids(w.devices(asAdmin, parameters)); got != want {
			t.Errorf("%s: got %q, want %q", parameters, got, want)
		}
	}
}

func TestMalformedQueriesAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	for _, query := range []string{
		"name", "name eq", "name eq dev01", "name eq 'dev01", "name is 'x'", "(name eq 'x'", "name eq 'x')", "has(", "has()",
		"and", "name eq 'x' and", "not", "$filter", "$filter=", "$orderby", "$orderby=", "$orderby=,", "$filter=name eq 'x' name",
		"()", "= = =", "name eq (x)", strings.Repeat("(", 5000), strings.Repeat("not ", 5000) + "name eq 'x'",
	} {
		a := w.do("GET", "/inventory/managedObjects?query="+url.QueryEscape(query), asAdmin, "")
		w.wantError(a, 422, "inventory/Unprocessable Entity")
	}
	for _, parameters := range []string{"pageSize=x", "pageSize=0", "pageSize=-1", "currentPage=0", "currentPage=99999999999999999999"} {
		w.wantError(w.do("GET", "/inventory/managedObjects?"+parameters, asAdmin, ""), 422, "inventory/Unprocessable Entity")
	}
}

func TestThousandsOfDevicesArePaged(t *testing.T) {
	const n = 5000
	w := newWorld(t, func(o *standin.Options) {
		o.Devices = nil
		for i := range n {
			o.Devices = append(o.Devices, standin.Device{ID: wire.DeviceID(fmt.Sprint(10000 + i)), Name: fmt.Sprintf("pump-%04d", i), Serial: fmt.Sprintf("s%d", i)})
		}
	})
	start := time.Now()
	l := w.devices(asAdmin, "pageSize=100&withTotalPages=true&withTotalElements=true&query="+url.QueryEscape("$filter=name eq 'pump-*' $orderby=name desc"))
	if len(l.ManagedObjects) != 100 || *l.Statistics.TotalPages != 50 || *l.Statistics.TotalElements != n || l.ManagedObjects[0].Name != "pump-4999" {
		t.Fatalf("got %d of %+v", len(l.ManagedObjects), l.Statistics)
	}
	t.Logf("one page of 5,000 took %v", time.Since(start))
	if l := w.devices(asAdmin, "pageSize=5000"); len(l.ManagedObjects) != 2000 || l.Statistics.PageSize != 2000 {
		t.Errorf("a page of 5000 has %d, %+v", len(l.ManagedObjects), l.Statistics)
	}
	var all []string
	for next := "/inventory/managedObjects?pageSize=1999"; next != ""; {
		var l deviceList
		w.want(200, "GET", next, asAdmin, "").json(t, &l)
		all = append(all, strings.Fields(ids(l))...)
		next = strings.TrimPrefix(l.Next, w.srv.URL)
	}
	if slices.Sort(all); len(slices.Compact(all)) != n {
		t.Errorf("the pages hold %d devices, want %d", len(all), n)
	}
	if l := w.devices(asAdmin, "pageSize=2&currentPage=2000000000"); len(l.ManagedObjects) != 0 || l.Next != "" || l.Prev == "" {
		t.Errorf("a page behind the end: %+v", l)
	}
}

// BenchmarkInventory is one page of 5,000 devices, filtered and sorted.
func BenchmarkInventory(b *testing.B) {
	w := newWorld(b, func(o *standin.Options) {
		for i := range 5000 {
			o.Devices = append(o.Devices, standin.Device{Name: fmt.Sprintf("pump-%04d", i)})
		}
	})
	query := "pageSize=50&withTotalPages=true&query=" + url.QueryEscape("$filter=name eq '*1*' and has(c8y_IsDevice) $orderby=name desc")
	for b.Loop() {
		w.devices(asAdmin, query)
	}
}

func TestLinksCarryNoCredentials(t *testing.T) {
	w := newWorld(t, nil)
	jwt, _ := w.token("admin", "pw")
	a := w.want(200, "GET", "/inventory/managedObjects?pageSize=1&token="+jwt, "", "")
	if strings.Contains(string(a.body), jwt[:40]) {
		t.Errorf("the token is in %s", a.body)
	}
}

// Row 6, field by field.
func TestManagedObject(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC)
	w := newWorld(t, func(o *standin.Options) {
		o.Now = func() time.Time { return now }
		o.Devices[0].LastSeen = now.Add(-time.Minute)
	})
	var got map[string]any
	w.want(200, "GET", "/inventory/managedObjects/1234", asAdmin, "").json(t, &got)
	list, ok := got["c8y_RemoteAccessList"].([]any)
	if !ok || len(list) != 2 {
		t.Fatalf("c8y_RemoteAccessList is %v", got["c8y_RemoteAccessList"])
	}
	first, ok := list[0].(map[string]any)
	if !ok || first["id"] != "1" || first["name"] != "Passthrough" || first["port"] != 22.0 || first["protocol"] != "PASSTHROUGH" {
		t.Errorf("first configuration %v", list[0])
	}
	delete(got, "c8y_RemoteAccessList")
	want := map[string]any{
		"self": w.srv.URL + "/inventory/managedObjects/1234", "id": "1234", "name": "dev01", "type": "thin-edge.io", "owner": "device_dev01",
		"creationTime": "2026-11-21T12:00:00.123Z", "lastUpdated": "2026-11-21T12:00:00.123Z",
		"c8y_IsDevice": map[string]any{}, "com_cumulocity_model_Agent": map[string]any{},
		"c8y_SupportedOperations":  []any{"c8y_RemoteAccessConnect"},
		"c8y_Availability":         map[string]any{"status": "UNAVAILABLE", "lastMessage": "2026-11-21T11:59:00.123Z"},
		"c8y_Connection":           map[string]any{"status": "DISCONNECTED"},
		"c8y_RequiredAvailability": map[string]any{"responseInterval": 1.0},
		"c8y_Hardware":             map[string]any{"serialNumber": "dev01"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) { // maps print sorted
		t.Errorf("got  %v\nwant %v", got, want)
	}
	w.wantError(w.do("GET", "/inventory/managedObjects/99", asAdmin, ""), 404, "inventory/Not Found")
}

// C8ylp puts external ids into the path unescaped.
func TestExternalID(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) {
		o.Devices = append(o.Devices, standin.Device{ID: "77", Name: "x", Serial: "a/b c"})
	})
	for path, want := range map[string]string{"dev01": "1234", "a/b%20c": "77", "a%2Fb%20c": "77"} {
		var got struct {
			ExternalID    string
			Type          string
			ManagedObject struct{ ID, Self string }
		}
		w.want(200, "GET", "/identity/externalIds/c8y_Serial/"+path, asAdmin, "").json(t, &got)
		if got.ManagedObject.ID != want || got.Type != "c8y_Serial" || got.ExternalID == "" || got.ManagedObject.Self == "" {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	w.wantError(w.do("GET", "/identity/externalIds/c8y_Serial/none", asAdmin, ""), 404, "identity/Not Found")
	w.wantError(w.do("GET", "/identity/externalIds/c8y_Imei/dev01", asAdmin, ""), 404, "identity/Not Found")
	w.wantError(w.do("GET", "/identity/externalIds/c8y_Serial/dev01", "", ""), 401, "security/Unauthorized")
	if a := w.want(200, "GET", "/identity/globalIds/1234/externalIds", asDev1, ""); !strings.Contains(string(a.body), `"externalId":"dev01"`) {
		t.Errorf("got %s", a.body)
	}
}

// Attack: a device's user looks at other devices.
func TestDeviceUserSeesItsOwnDeviceOnly(t *testing.T) {
	w := newWorld(t, nil)
	if got := ids(w.devices(asDev2, "pageSize=100")); got != "1235" {
		t.Errorf("list: %q", got)
	}
	w.want(200, "GET", "/inventory/managedObjects/1235", asDev2, "")
	for _, path := range []string{
		"/inventory/managedObjects/1234", "/identity/externalIds/c8y_Serial/dev01", "/identity/globalIds/1234/externalIds",
		"/service/remoteaccess/devices/1234/configurations", "/service/remoteaccess/devices/1234/configurations/1",
		"/devicecontrol/operations?deviceId=1234", "/devicecontrol/operations?agentId=1234", "/inventory/managedObjects/99",
	} {
		w.wantError(w.do("GET", path, asDev2, ""), 403, "security/Forbidden")
	}
	w.wantError(w.do("POST", "/service/remoteaccess/devices/1235/configurations", asDev2, "{}"), 403, "security/Forbidden")
	w.wantError(w.do("GET", "/service/remoteaccess/client/1235/configurations/1", asDev2, ""), 403, "security/Forbidden")
}

func TestContactMakesADeviceAvailable(t *testing.T) {
	var shift atomic.Int64
	w := newWorld(t, func(o *standin.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	})
	state := func() (string, time.Time) {
		var mo platform.ManagedObject
		w.want(200, "GET", "/inventory/managedObjects/1234", asAdmin, "").json(t, &mo)
		return mo.Availability.Status, mo.Availability.LastMessage
	}
	if s, at := state(); s != "UNAVAILABLE" || !at.IsZero() {
		t.Errorf("never seen: %s %v", s, at)
	}
	w.want(200, "GET", "/devicecontrol/operations?agentId=1234&status=PENDING", asDev1, "")
	if s, at := state(); s != "AVAILABLE" || time.Since(at) > patience {
		t.Errorf("after a request: %s %v", s, at)
	}
	shift.Store(int64(31 * time.Second))
	if s, at := state(); s != "UNAVAILABLE" || at.IsZero() {
		t.Errorf("silent for 31 s: %s %v", s, at)
	}
	w.want(404, "GET", "/nothing", asDev1, "")
	w.want(401, "GET", "/user/currentUser", basic("device_dev01", "wrong"), "")
	if s, _ := state(); s != "UNAVAILABLE" {
		t.Errorf("a failed sign-in counted as contact")
	}
}
