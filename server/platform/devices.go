package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"porthole/ssh/wire"
)

// Configuration reads one remote access configuration and says in a sentence of its own
// which of the many reasons for a 404 it is.
func (c *Client) Configuration(ctx context.Context, auth Authorization, device wire.DeviceID, id wire.ConfigurationID) (Configuration, error) {
	var configuration Configuration
	err := c.read(ctx, wire.ConfigurationsPath(device)+"/"+url.PathEscape(string(id)), nil, auth, &configuration)
	var failure *TenantError
	if errors.As(err, &failure) && failure.Status == http.StatusNotFound {
		return configuration, c.explainNotFound(ctx, auth, device, id)
	}
	if err != nil {
		return configuration, err
	}
	if !strings.EqualFold(configuration.Protocol, wire.ProtocolPassthrough) {
		return configuration, &TenantError{Code: wire.CodeNotFound, Message: fmt.Sprintf(
			"The remote access configuration %q is no PASSTHROUGH configuration, so no SSH client can use it. Choose or create one with the protocol PASSTHROUGH.", configuration.Name)}
	}
	return configuration, nil
}

// Reachable is nil when the tenant lets the caller see the device's remote access
// configurations: without that there is no connection to it either.
func (c *Client) Reachable(ctx context.Context, auth Authorization, device wire.DeviceID) error {
	var list []Configuration
	err := c.read(ctx, wire.ConfigurationsPath(device), nil, auth, &list)
	var failure *TenantError
	if errors.As(err, &failure) && failure.Status == http.StatusNotFound {
		return c.explainNotFound(ctx, auth, device, "")
	}
	return err
}

// explainNotFound asks what exists, from the outside in.
func (c *Client) explainNotFound(ctx context.Context, auth Authorization, device wire.DeviceID, id wire.ConfigurationID) error {
	subscribed, err := c.Subscribed(ctx, auth)
	if err != nil {
		return err
	}
	if !subscribed {
		return &TenantError{
			Status: http.StatusNotFound, Code: wire.CodeNotSubscribed,
			Message: "The tenant is not subscribed to Cloud Remote Access. Ask an administrator of the tenant to subscribe it.",
		}
	}
	var object ManagedObject
	err = c.read(ctx, "/inventory/managedObjects/"+url.PathEscape(string(device)), nil, auth, &object)
	var failure *TenantError
	if errors.As(err, &failure) && failure.Status == http.StatusNotFound {
		return &TenantError{
			Status: http.StatusNotFound, Code: wire.CodeNotFound,
			Message: fmt.Sprintf("The tenant knows no device with the id %s. It may have been deleted; look for it in the list.", device),
		}
	}
	if err != nil && (failure == nil || failure.Code != wire.CodeForbidden) {
		return err
	}
	if id == "" {
		return &TenantError{
			Status: http.StatusNotFound, Code: wire.CodeNotFound,
			Message: "The device has no remote access configurations. Ask an administrator of the tenant whether it may be reached.",
		}
	}
	return &TenantError{
		Status: http.StatusNotFound, Code: wire.CodeNotFound,
		Message: fmt.Sprintf("The device has no remote access configuration with the id %s. It may have been deleted; load the device's page again.", id),
	}
}

// Subscribed tells whether the tenant has Cloud Remote Access: without the subscription
// everything under its path answers 404.
func (c *Client) Subscribed(ctx context.Context, auth Authorization) (bool, error) {
	answer, err := c.call(ctx, http.MethodHead, wire.HealthPath, nil, auth, nil)
	switch {
	case err != nil:
		return false, err
	case answer.Status == http.StatusNotFound:
		return false, nil
	case answer.Status == http.StatusUnauthorized:
		return false, statusFailure(answer.Status, answer.Body)
	default:
		return true, nil
	}
}

// operationsPage is how many connect operations are read, newest first: enough for
// every connection to one device that starts within the same seconds.
const operationsPage = "50"

// ConnectOperations lists the connect operations of a device created at or after from,
// newest first.
func (c *Client) ConnectOperations(ctx context.Context, auth Authorization, device wire.DeviceID, from time.Time) ([]Operation, error) {
	query := url.Values{
		"deviceId": {string(device)}, "fragmentType": {wire.FragmentConnect},
		"revert": {"true"}, "pageSize": {operationsPage},
	}
	if !from.IsZero() {
		query.Set("dateFrom", from.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	var list OperationList
	if err := c.read(ctx, "/devicecontrol/operations", query, auth, &list); err != nil {
		return nil, err
	}
	return list.Operations, nil
}
