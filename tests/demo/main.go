// Command demo shows vecgres at its work on real data: tenants as namespaces, COPY, HNSW indexes, filtered search over prepared statements, isolation,
// psql, and a kill -9. It starts the real server on a free loopback port with a temporary data directory, and leaves nothing running and nothing behind,
// also after an error or Ctrl-C.
//
// It exits with an error when a promise is broken: recall@10 below 0.98 of the exact answers, a query with fewer than ten rows, a row of
// another tenant, a wrong distance, an answer that a crash changed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// recallLeast is what every kind of query must reach at the default settings.
const recallLeast = 0.98

func main() {
	binary := flag.String("server", "bin/vecgres", "the server's program")
	folder := flag.String("dataset", "/usr/share/datasets/fashion-mnist", "folder of the Fashion-MNIST files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *binary, *folder)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\ndemo: interrupted; the server has been ended and its data removed")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, folder string) error {
	dir, err := os.MkdirTemp("", "vecgres-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	step("Fashion-MNIST, and the server")
	data, err := readDataset(folder)
	if err != nil {
		return err
	}
	say("%s training images and %s test images of %d pixels", number(len(data.train)), number(len(data.test)), pixels)
	s, err := startServer(ctx, binary, dir)
	if err != nil {
		return err
	}
	defer func() { s.kill() }()
	say("vecgres is ready at %s", s.url)

	qs := questions(data)
	if err := load(ctx, s.url, data); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if err := buildIndexes(ctx, s.url, data); err != nil {
		return fmt.Errorf("build indexes: %w", err)
	}
	exact, err := findExact(ctx, data, qs)
	if err != nil {
		return fmt.Errorf("exact answers: %w", err)
	}
	if err := search(ctx, s.url, data, qs, exact); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if err := isolation(ctx, s.url, data); err != nil {
		return fmt.Errorf("tenants: %w", err)
	}
	if err := showPlan(ctx, s.url, data); err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	if err := showPsql(ctx, s.url); err != nil {
		return err
	}
	restart := func() (*server, error) {
		next, err := startServer(ctx, binary, dir)
		if err == nil {
			s = next
		}
		return next, err
	}
	if err := survive(ctx, s, data, restart); err != nil {
		return fmt.Errorf("kill -9: %w", err)
	}
	if err := s.stop(); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	fmt.Printf("\nAll promises held, in %.0f s. Nothing is left running; now `make run`, and psql.\n", time.Since(began).Seconds())
	return nil
}
