//go:build demo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// configure brings the demo device's configurations up to date, as a person would: by
// the platform's own requests. Those of an earlier start keep their id.
func configure(ctx context.Context, tenant, password string, wanted []platform.Configuration) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c := configurer{tenant: tenant, auth: platform.Basic(demoUser, password)}
	var known []platform.Configuration
	if err := c.call(ctx, http.MethodGet, "", nil, &known); err != nil {
		return err
	}
	for _, want := range wanted {
		body := map[string]any{
			"name": want.Name, "hostname": want.Hostname, "port": want.Port,
			"protocol": wire.ProtocolPassthrough, "credentialsType": "NONE",
		}
		method, path := http.MethodPost, ""
		for _, have := range known {
			if have.Name == want.Name {
				method, path = http.MethodPut, "/"+string(have.ID)
			}
		}
		if err := c.call(ctx, method, path, body, nil); err != nil {
			return fmt.Errorf("configuration %q: %w", want.Name, err)
		}
	}
	return nil
}

// configurer speaks to the stand-in platform as its user.
type configurer struct {
	tenant string
	auth   platform.Authorization
}

func (c configurer) call(ctx context.Context, method, path string, body, into any) error {
	var data bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&data).Encode(body); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.tenant+wire.ConfigurationsPath(demoDevice)+path, &data)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	c.auth.Apply(request.Header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the stand-in platform: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // opened to read
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the stand-in platform answered %s", response.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}
