package standin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"porthole/server/standin"
)

func (w *world) createOperation(device, extra string) operation {
	w.t.Helper()
	var op operation
	w.want(201, "POST", "/devicecontrol/operations", asAdmin, `{"deviceId":"`+device+`"`+extra+`}`).json(w.t, &op)
	return op
}

// An HTTP agent polls, takes the order up, and ends it.
func TestAgentWorksOffItsOperations(t *testing.T) {
	w := newWorld(t, nil)
	w.dial(clientPath, asAdmin)
	key := w.pending("1234").Connect.ConnectionKey
	var list struct {
		Operations []map[string]any
		Statistics map[string]any
		Self       string
	}
	w.want(200, "GET", "/devicecontrol/operations?agentId=1234&status=PENDING", asDev1, "").json(t, &list)
	if len(list.Operations) != 1 || list.Self == "" || list.Statistics["pageSize"] != 5.0 {
		t.Fatalf("got %+v", list)
	}
	op := list.Operations[0]
	id, ok := op["id"].(string)
	if created, err := time.Parse("2006-01-02T15:04:05.000Z", fmt.Sprint(op["creationTime"])); !ok || err != nil || time.Since(created) > patience {
		t.Errorf("id %v, creationTime %v", op["id"], op["creationTime"])
	}
	want := map[string]any{
		"id": id, "self": w.srv.URL + "/devicecontrol/operations/" + id, "creationTime": op["creationTime"],
		"deviceId": "1234", "deviceName": "dev01", "status": "PENDING", "description": "Connect to remote access server",
		"c8y_RemoteAccessConnect": map[string]any{"hostname": "127.0.0.1", "port": 22.0, "connectionKey": key},
	}
	if fmt.Sprint(op) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", op, want)
	}
	path := "/devicecontrol/operations/" + id
	for _, status := range []string{"EXECUTING", "SUCCESSFUL"} {
		var got operation
		w.want(200, "PUT", path, asDev1, `{"status":"`+status+`"}`).json(t, &got)
		if got.Status != status || w.operation(id).Status != status {
			t.Errorf("got %+v, want %s", got, status)
		}
	}
	if ops := w.operations(asDev1, "agentId=1234&status=PENDING"); len(ops) != 0 {
		t.Errorf("still pending: %+v", ops)
	}
}

func TestOperationFailsWithItsReason(t *testing.T) {
	w := newWorld(t, nil)
	op := w.createOperation("1234", `,"c8y_Restart":{}`)
	w.want(200, "PUT", "/devicecontrol/operations/"+op.ID, asDev1, `{"status":"FAILED","failureReason":"connection refused","c8y_Result":"x"}`)
	if got := w.operation(op.ID); got.Status != "FAILED" || got.FailureReason != "connection refused" {
		t.Errorf("got %+v", got)
	}
	if a := w.do("GET", "/devicecontrol/operations/"+op.ID, asDev1, ""); !strings.Contains(string(a.body), `"c8y_Result":"x"`) || !strings.Contains(string(a.body), `"c8y_Restart":{}`) {
		t.Errorf("fragments are lost: %s", a.body)
	}
}

func TestOperationTransitions(t *testing.T) {
	w := newWorld(t, nil)
	reach := map[string][]string{
		"PENDING": nil, "EXECUTING": {"EXECUTING"}, "SUCCESSFUL": {"EXECUTING", "SUCCESSFUL"}, "FAILED": {"FAILED"},
	}
	legal := map[string]string{
		"PENDING": "PENDING EXECUTING SUCCESSFUL FAILED", "EXECUTING": "EXECUTING SUCCESSFUL FAILED", "SUCCESSFUL": "SUCCESSFUL", "FAILED": "FAILED",
	}
	for from, steps := range reach {
		for to := range legal {
			op := w.createOperation("1234", "")
			path := "/devicecontrol/operations/" + op.ID
			for _, s := range steps {
				w.want(200, "PUT", path, asDev1, `{"status":"`+s+`"}`)
			}
			want := 422
			if strings.Contains(legal[from], to) {
				want = 200
			}
			if a := w.do("PUT", path, asDev1, `{"status":"`+to+`"}`); a.StatusCode != want {
				t.Errorf("%s to %s: got %d, want %d", from, to, a.StatusCode, want)
			}
			if got := w.operation(op.ID).Status; want == 422 && got != from {
				t.Errorf("%s to %s was refused and left %s", from, to, got)
			}
		}
	}
}

func TestOperationsAreFiltered(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *standin.Options) { o.Now = func() time.Time { return now } })
	a := w.createOperation("1234", `,"c8y_Restart":{}`)
	now = now.Add(time.Minute)
	b := w.createOperation("1235", `,"c8y_Restart":{}`)
	now = now.Add(time.Minute)
	c := w.createOperation("1234", `,"c8y_Command":{"text":"ls"}`)
	w.want(200, "PUT", "/devicecontrol/operations/"+a.ID, asAdmin, `{"status":"EXECUTING"}`)
	for filter, want := range map[string][]operation{
		"":                              {a, b, c},
		"revert=true":                   {c, b, a},
		"deviceId=1234":                 {a, c},
		"agentId=1235":                  {b},
		"deviceId=1234&agentId=1235":    {},
		"deviceId=99":                   {},
		"status=PENDING":                {b, c},
		"status=EXECUTING":              {a},
		"fragmentType=c8y_Restart":      {a, b},
		"fragmentType=c8y_Nothing":      {},
		"dateFrom=2026-11-21T12:01:00Z": {b, c},
		"dateFrom=2026-11-21T12:00:30.000Z&dateTo=2026-11-21T12:01:30.000Z": {b},
		"dateFrom=2026-11-21T13:01:00+01:00":                                {b, c}, // the plus as a space
		"dateFrom=2026-11-21T13:01:00%2B01:00":                              {b, c},
		"dateTo=2026-11-21T12:00:00.000Z":                                   {a},
		"dateFrom=2026-11-22":                                               {},
		"deviceId=1234&revert=true&pageSize=1":                              {c},
		"pageSize=1&currentPage=2":                                          {b},
	} {
		ids := func(ops []operation) (s []string) {
			for _, op := range ops {
				s = append(s, op.ID)
			}
			return s
		}
		if got := ids(w.operations(asAdmin, filter)); fmt.Sprint(got) != fmt.Sprint(ids(want)) {
			t.Errorf("%q: got %v, want %v", filter, got, ids(want))
		}
	}
	for _, filter := range []string{"status=DONE", "dateFrom=yesterday", "dateTo=1", "pageSize=many"} {
		w.wantError(w.do("GET", "/devicecontrol/operations?"+filter, asAdmin, ""), 422, "devicecontrol/Unprocessable Entity")
	}
}

func TestOperationsAreCreatedByAuthority(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) {
		o.Users = append(o.Users, standin.User{Name: "operator", Password: "ow", Roles: []string{"ROLE_DEVICE_CONTROL_ADMIN"}})
	})
	const body = `{"deviceId":"1234","status":"SUCCESSFUL","id":"7","creationTime":"x"}`
	var op operation
	w.want(201, "POST", "/devicecontrol/operations", basic("operator", "ow"), body).json(t, &op)
	if op.Status != "PENDING" || op.ID == "7" {
		t.Errorf("the caller's own status or id was taken: %+v", op)
	}
	for _, auth := range []string{asReader, asNobody, asDev1} {
		w.wantError(w.do("POST", "/devicecontrol/operations", auth, body), 403, "security/Forbidden")
	}
	for body, want := range map[string]int{`{"deviceId":"99"}`: 422, `{}`: 422, `{"deviceId":1234}`: 422, `{`: 400, `[]`: 400, `null`: 422} {
		w.want(want, "POST", "/devicecontrol/operations", asAdmin, body)
	}
	for body, want := range map[string]int{`{"status":"DONE"}`: 422, `{"status":""}`: 422, `{"status":1}`: 422, `{"failureReason":1}`: 422, `{`: 400, `{"failureReason":"` + strings.Repeat("x", 3000) + `"}`: 422} {
		w.want(want, "PUT", "/devicecontrol/operations/"+op.ID, asAdmin, body)
	}
	for _, id := range []string{"99", "x", url.PathEscape("../1")} {
		w.wantError(w.do("GET", "/devicecontrol/operations/"+id, asAdmin, ""), 404, "devicecontrol/Not Found")
		w.wantError(w.do("PUT", "/devicecontrol/operations/"+id, asAdmin, "{}"), 404, "devicecontrol/Not Found")
	}
}

// Attack: another device's user, or a person without the role, reads a connection key.
func TestOperationsAreKeptFromOthers(t *testing.T) {
	w := newWorld(t, nil)
	w.dial(clientPath, asAdmin)
	op := w.pending("1234")
	path := "/devicecontrol/operations/" + op.ID
	for _, auth := range []string{asDev2, asNobody} {
		w.wantError(w.do("GET", path, auth, ""), 403, "security/Forbidden")
		w.wantError(w.do("PUT", path, auth, `{"status":"FAILED"}`), 403, "security/Forbidden")
		if a := w.do("GET", "/devicecontrol/operations", auth, ""); strings.Contains(string(a.body), op.Connect.ConnectionKey) {
			t.Errorf("the list shows the key: %s", a.body)
		}
	}
	w.want(200, "GET", path, asReader, "")
	w.wantError(w.do("PUT", path, asReader, `{"status":"FAILED"}`), 403, "security/Forbidden")
	// The agent itself cannot turn its order into another.
	w.want(200, "PUT", path, asDev1, `{"c8y_RemoteAccessConnect":{"hostname":"evil","port":1,"connectionKey":"x"},"deviceId":"1235"}`)
	if got := w.operation(op.ID); got.Connect.Hostname != "127.0.0.1" || got.DeviceID != "1234" {
		t.Errorf("got %+v", got)
	}
}

func TestOperationsOfADeviceAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	first := w.createOperation("1234", "")
	second := w.createOperation("1234", "")
	w.want(200, "PUT", "/devicecontrol/operations/"+second.ID, asDev1, `{"status":"FAILED"}`)
	for range 200 - 1 {
		w.createOperation("1234", "")
	}
	if ops := w.operations(asAdmin, "deviceId=1234&pageSize=2000"); len(ops) != 200 || ops[0].ID != first.ID {
		t.Fatalf("%d operations, the first is %s", len(ops), ops[0].ID)
	}
	// The ended one went before the older one that waits.
	w.want(404, "GET", "/devicecontrol/operations/"+second.ID, asAdmin, "")
	w.createOperation("1234", "")
	w.want(404, "GET", "/devicecontrol/operations/"+first.ID, asAdmin, "")
}
