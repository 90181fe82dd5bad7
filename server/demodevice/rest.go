package demodevice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"porthole/server/platform"
)

// maxAnswer bounds what is read of one answer of the platform, in bytes.
const maxAnswer = 8 << 20

// statusError is an answer of the platform that is no success.
type statusError struct {
	Status int
	Path   string // without query
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the platform answered HTTP %d to %s", e.Status, e.Path)
}

// call sends one request as the device user and decodes the JSON answer into out, which
// may be nil.
func (a *Agent) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	target := a.base.JoinPath(path)
	target.RawQuery = query.Encode()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.SetBasicAuth(a.config.User, a.config.Password)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("reach the platform: %w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // read as far as it is needed
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the platform's answer: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return &statusError{Status: resp.StatusCode, Path: path}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("read the platform's answer to %s: %w", path, err)
	}
	return nil
}

// withoutURL strips the address from an HTTP client's error: the address of a device's
// websocket holds the connection key.
func withoutURL(err error) error {
	if withURL, ok := errors.AsType[*url.Error](err); ok {
		return withURL.Err
	}
	return err
}

const operationsPath = "/devicecontrol/operations"

// pending fetches the device's operations that wait to be carried out, oldest first.
func (a *Agent) pending(ctx context.Context) ([]platform.Operation, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timing.request)
	defer cancel()
	var list platform.OperationList
	err := a.call(ctx, http.MethodGet, operationsPath, url.Values{
		"agentId":  {string(a.config.DeviceID)},
		"status":   {string(platform.StatusPending)},
		"pageSize": {"2000"}, // the platform's largest
	}, nil, &list)
	if err != nil {
		return nil, fmt.Errorf("list pending operations: %w", err)
	}
	return list.Operations, nil
}

// update tells the platform how far an operation is.
func (a *Agent) update(ctx context.Context, id string, status platform.OperationStatus, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, a.timing.request)
	defer cancel()
	change := struct {
		Status        platform.OperationStatus `json:"status"`
		FailureReason string                   `json:"failureReason,omitempty"`
	}{status, reason}
	if err := a.call(ctx, http.MethodPut, operationsPath+"/"+url.PathEscape(id), nil, change, nil); err != nil {
		return fmt.Errorf("set operation to %s: %w", status, err)
	}
	return nil
}
