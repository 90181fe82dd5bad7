package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"porthole/server"
	"porthole/server/demodevice"
)

// Programs of their own, so that stories can kill them without a word.

// agentMain is `testagent URL`: the agent of the stories' device.
func agentMain() {
	agent, err := demodevice.New(demodevice.Config{
		PlatformURL: os.Args[1], DeviceID: "1234", User: "device_serial-1", Password: "dw", MaxConnections: 1000,
	})
	if err == nil {
		err = agent.Run(context.Background())
	}
	exit(err)
}

// gatewayMain is `testgateway TENANT LISTEN READYFILE`: a gateway that writes its address
// to the file. LISTEN "any" is a port that no test gets by asking for any free one, so
// that it is free again after a kill.
func gatewayMain() {
	config := server.DefaultConfig()
	config.Tenant, config.Listen, config.AdminListen, config.Version = os.Args[1], os.Args[2], "off", "test"
	s, err := newGateway(config)
	if err == nil {
		err = announce(os.Args[3], s.URL())
	}
	if err == nil {
		err = s.Serve(context.Background())
	}
	exit(err)
}

// announce writes a file so that a reader sees all of it or none.
func announce(path, text string) error {
	return errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path))
}

func newGateway(config server.Config) (s *server.Server, err error) {
	if config.Listen != "any" {
		return server.New(config)
	}
	for range 50 {
		config.Listen = fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if s, err = server.New(config); err == nil {
			return s, nil
		}
	}
	return nil, err
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
