package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// server is a running vecgres.
type server struct {
	cmd   *exec.Cmd
	url   string
	ended chan error
}

var connection = regexp.MustCompile(`postgresql://[^"\s]+`)

// startServer starts the program on a free port and waits for its ready line.
func startServer(ctx context.Context, binary, dir string) (*server, error) {
	cmd := exec.CommandContext(ctx, binary, "serve", "--listen", "127.0.0.1:0", "--data", dir, "--log-level", "warn")
	cmd.Stderr = os.Stderr
	onItsOwn(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	s := &server{cmd: cmd, ended: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url := connection.FindString(lines.Text()); url != "" {
				ready <- url
			}
		}
		s.ended <- cmd.Wait()
	}()
	select {
	case s.url = <-ready:
		return s, nil
	case err := <-s.ended:
		return nil, fmt.Errorf("the server ended before it was ready: %v", err)
	case <-time.After(time.Minute):
		s.kill()
		return nil, errors.New("the server was not ready within a minute")
	}
}

// kill is kill -9; it waits for the process to be gone.
func (s *server) kill() {
	if s.cmd.Process.Signal(syscall.SIGKILL) == nil {
		<-s.ended
		s.ended <- nil
	}
}

// stop asks the server to drain, and waits.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		s.ended <- nil
		return err
	case <-time.After(30 * time.Second):
		return errors.New("the server did not end within 30 s of SIGTERM")
	}
}
