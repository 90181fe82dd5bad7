package demodevice

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// serviceFiles are a small service to try files with: a program, its settings (with a
// mistake in them, of which its log complains), and a script that controls it.
//
//go:embed service
var serviceFiles embed.FS

// service is that service on a device that runs.
type service struct{ folder string }

// startService puts the service's files into a folder, where they are not there from an
// earlier start, and starts it.
func startService(ctx context.Context, folder string) (*service, error) {
	err := fs.WalkDir(serviceFiles, "service", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(folder, filepath.FromSlash(strings.TrimPrefix(name, "service")))
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		return writeNew(name, to)
	})
	if err != nil {
		return nil, fmt.Errorf("demodevice: put the service in place: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "run"), 0o700); err != nil {
		return nil, fmt.Errorf("demodevice: put the service in place: %w", err)
	}
	// Whatever becomes of this process, the service ends with it.
	process := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if err := os.WriteFile(filepath.Join(folder, "run", "device.pid"), process, 0o600); err != nil {
		return nil, fmt.Errorf("demodevice: put the service in place: %w", err)
	}
	s := &service{folder: folder}
	if err := s.control(ctx, "restart"); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// writeNew writes an embedded file, unless there is one.
func writeNew(name, to string) error {
	data, err := serviceFiles.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read what is built in: %w", err)
	}
	mode := fs.FileMode(0o600)
	if path.Ext(name) == "" {
		mode = 0o700 // a program
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// control runs the service's script. It and what it starts get nothing of this process's
// environment but where programs are.
func (s *service) control(ctx context.Context, verb string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	script := exec.CommandContext(ctx, "/bin/sh", "./service", verb)
	script.Dir = s.folder
	script.Env = []string{"PATH=" + searchPath(os.Getenv("PATH")), "LANG=C.UTF-8"}
	if said, err := script.CombinedOutput(); err != nil {
		return fmt.Errorf("demodevice: %s the service: %w: %s", verb, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// stop ends the service, whoever started it last.
func (s *service) stop() error {
	return s.control(context.Background(), "stop")
}
