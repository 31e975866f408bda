// Command demo shows vecgres at its work on real data: tenants as namespaces, COPY, HNSW indexes, filtered search over prepared statements, isolation,
// and a kill -9. It starts the real server on a free loopback port with a temporary data directory, and leaves nothing running.
//
// It exits with an error when a promise is broken: recall@10 below 0.98 of the exact answers, a query with fewer than ten rows, a row of
// another tenant, an answer that a crash changed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// recallLeast is what every kind of query must reach at the default settings.
const recallLeast = 0.98

func main() {
	binary := flag.String("server", "bin/vecgres", "the server's program")
	dataset := flag.String("dataset", "/usr/share/datasets/fashion-mnist", "folder of the Fashion-MNIST files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *binary, *dataset); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
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
	data, err := readDataset(folder)
	if err != nil {
		return err
	}
	step("Fashion-MNIST: %d training and %d test images of %d pixels", len(data.train), len(data.test), pixels)

	s, err := startServer(ctx, binary, dir)
	if err != nil {
		return err
	}
	defer func() { s.kill() }()
	step("server ready at %s", s.url)

	if err := load(ctx, s.url, data); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if err := buildIndexes(ctx, s.url); err != nil {
		return fmt.Errorf("build indexes: %w", err)
	}
	if err := search(ctx, s.url, data); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if err := showPlan(ctx, s.url, data); err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	before, err := oneAnswer(ctx, s.url, data)
	if err != nil {
		return err
	}
	step("kill -9, and a restart on the same directory")
	s.kill()
	restarted := time.Now()
	if s, err = startServer(ctx, binary, dir); err != nil {
		return err
	}
	after, err := oneAnswer(ctx, s.url, data)
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("the answer changed:\n  before %s\n  after  %s", before, after)
	}
	say("the same answer %.1f s after the kill: %s", time.Since(restarted).Seconds(), after)
	if err := s.stop(); err != nil {
		return err
	}
	step("all promises held (%.0f s)", time.Since(began).Seconds())
	return nil
}

func step(format string, args ...any) { fmt.Printf("\n== "+format+"\n", args...) }
func say(format string, args ...any)  { fmt.Printf("   "+format+"\n", args...) }
