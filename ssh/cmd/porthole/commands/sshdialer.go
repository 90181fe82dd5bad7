package commands

import (
	"context"
	"sync"

	"porthole/ssh"
	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/cmd/porthole/proxy"
)

// sshDialer dials through one SSH connection, which is made anew when it has ended.
type sshDialer struct {
	connect func(context.Context) (*ssh.Client, error)

	mu     sync.Mutex
	client *ssh.Client
}

func (d *sshDialer) open(ctx context.Context) (*ssh.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.client != nil && d.client.Err() == nil {
		return d.client, nil
	}
	if d.client != nil {
		_ = d.client.Close() // waits for what is left of it
		d.client = nil
	}
	client, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	d.client = client
	return client, nil
}

func (d *sshDialer) dial(ctx context.Context, f forward) (proxy.Tunnel, error) {
	client, err := d.open(ctx)
	if err != nil {
		return proxy.Tunnel{}, err
	}
	conn, err := client.Dial(ctx, "tcp", f.address())
	if err != nil {
		return proxy.Tunnel{}, fault.Wrap(err, fault.Of(err), "%s", fault.Text(err))
	}
	return proxy.Tunnel{Conn: conn}, nil
}

func (d *sshDialer) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.client != nil {
		_ = d.client.Close() // never fails
	}
}
