package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"
)

// stay ADDRESS COUNT TIME: that many connections to an echo are open at once for that long,
// hear each of their own bytes before and after, and others come and go meanwhile.
func stay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: stay ADDRESS COUNT TIME")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	length, err := time.ParseDuration(args[2])
	ts.Check(err)
	over := time.After(length)

	conns := make([]net.Conn, count)
	var opening errgroup.Group
	opening.SetLimit(20)
	for i := range conns {
		opening.Go(func() (err error) {
			if conns[i], err = dialLocal(args[0]); err != nil {
				return err
			}
			return echoes(conns[i], i)
		})
	}
	err = opening.Wait()
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}()
	ts.Check(err)
	for waiting := true; waiting; {
		select {
		case <-over:
			waiting = false
		case <-time.After(min(time.Second, length/2)):
			ts.Check(talkOnce(args[0], 1000, false))
		}
	}
	for i, conn := range conns {
		ts.Check(echoes(conn, i))
	}
}

// echoes sends a few bytes and wants them back.
func echoes(conn net.Conn, number int) error {
	want := make([]byte, 1000)
	_, _ = rand.Read(want) // never fails
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(want); err != nil {
		return fmt.Errorf("connection %d: %w", number, err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil {
		return fmt.Errorf("connection %d: %w", number, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("connection %d hears other bytes than its own", number)
	}
	return nil
}
