package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"vecgres/tests/bench/dataset"
)

// suites are the measurements by name, in the order in which they run.
var suites = []struct {
	name string
	run  func(r *runner, ctx context.Context) error
}{
	{"search", (*runner).searchSuite},
	{"codes", (*runner).codesSuite},
	{"build", (*runner).buildSuite},
	{"scan", (*runner).scanSuite},
	{"filter", (*runner).filterSuite},
	{"growth", (*runner).growthSuite},
	{"memory", (*runner).memorySuite},
	{"wire", (*runner).wireSuite},
	{"mixed", (*runner).mixedSuite},
	{"insert", (*runner).insertSuite},
	{"updates", (*runner).updatesSuite},
}

// options are the command line's.
type options struct {
	only    string
	sets    string
	scale   float64
	rounds  int
	queries int
	cache   string
	server  string
	long    bool
	seconds float64
}

func main() {
	var o options
	root, err := moduleRoot()
	if err != nil {
		fail(err)
	}
	names := []string{}
	for _, s := range suites {
		names = append(names, s.name)
	}
	flag.StringVar(&o.only, "only", strings.Join(names, ","), "suites to run, separated by commas")
	flag.StringVar(&o.sets, "sets", "fashion,words", "data sets of the suites search, codes, build and filter")
	flag.Float64Var(&o.scale, "scale", 1, "share of the rows to use")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds in which the sides of a comparison take turns")
	flag.IntVar(&o.queries, "queries", 2000, "queries a round")
	flag.StringVar(&o.cache, "cache", filepath.Join(root, ".cache", "bench"), "folder for data sets, graphs and tables")
	flag.StringVar(&o.server, "server", filepath.Join(root, "bin", "vecgres"), "the server's program")
	flag.BoolVar(&o.long, "long", false, "insert for ten minutes instead of ten seconds")
	flag.Float64Var(&o.seconds, "seconds", 10, "length of a phase of the suites insert and mixed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, root, o); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// run runs the suites and prints the rows. A bar that is missed is no error.
func run(ctx context.Context, w io.Writer, root string, o options) error {
	r, err := newRunner(w, root, o)
	if err != nil {
		return err
	}
	wanted := strings.Split(o.only, ",")
	for _, name := range wanted {
		if !slices.ContainsFunc(suites, func(s struct {
			name string
			run  func(r *runner, ctx context.Context) error
		}) bool {
			return s.name == name
		}) {
			return fmt.Errorf("no suite %q", name)
		}
	}
	for _, s := range suites {
		if !slices.Contains(wanted, s.name) {
			continue
		}
		began := time.Now()
		r.say("\n## %s\n", s.name)
		if err := s.run(r, ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.say("\n%s took %.0f s; load of the machine %s", s.name, time.Since(began).Seconds(), loadAverage())
	}
	return r.finish()
}

// moduleRoot is the folder of go.mod, from the working directory upwards.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("run it inside the repository")
		}
		dir = up
	}
}

// pick gives the data sets that the command line names.
func (r *runner) pick() ([]*dataset.Set, error) {
	var out []*dataset.Set
	for _, name := range strings.Split(r.o.sets, ",") {
		var s *dataset.Set
		var err error
		switch name {
		case "fashion":
			s, err = r.cache.Fashion(r.scaled(60_000), r.o.queries)
		case "words":
			s, err = r.cache.Words(r.scaled(200_000), r.o.queries)
		default:
			err = fmt.Errorf("no data set %q", name)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// scaled is a number of rows times -scale, never so few that nothing is left to measure.
func (r *runner) scaled(rows int) int { return max(int(float64(rows)*r.o.scale), 400) }
