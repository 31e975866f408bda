package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine/distance"
)

// The parameters of every graph, ours and the peer's.
const (
	graphM       = 16
	graphEfc     = 200
	buildThreads = 2
)

// runner is what the suites share.
type runner struct {
	w     io.Writer
	root  string
	o     options
	cache dataset.Cache
	rows  []measure.Row
	// engineKey and graphKey are hashes of the sources that tables and graphs come from.
	engineKey, graphKey string
}

func newRunner(w io.Writer, root string, o options) (*runner, error) {
	r := &runner{w: w, root: root, o: o, cache: dataset.Cache{Dir: o.cache}}
	if err := os.MkdirAll(o.cache, 0o755); err != nil {
		return nil, err
	}
	var err error
	if r.engineKey, err = sourceKey(filepath.Join(root, "vecengine")); err != nil {
		return nil, err
	}
	graph := []string{}
	for _, room := range []string{"hnsw", "quant", "distance", "bitmap"} {
		graph = append(graph, filepath.Join(root, "vecengine", room))
	}
	if r.graphKey, err = sourceKey(graph...); err != nil {
		return nil, err
	}
	r.say("vecgres %s, %s, %s, kernels %s and %s, %s, load %s", r.commit(), time.Now().Format("2006-01-02 15:04"), cpuModel(),
		distance.Level(), distance.CodeLevel(), runtime.Version(), loadAverage())
	r.say("scale %v, %d rounds, %d queries", o.scale, o.rounds, o.queries)
	return r, nil
}

// say prints a line at once.
func (r *runner) say(format string, args ...any) { fmt.Fprintf(r.w, format+"\n", args...) }

// bar records a row and prints it.
func (r *runner) bar(row measure.Row) {
	if r.o.scale != 1 {
		row.Data += fmt.Sprintf(", scale %v", r.o.scale)
	}
	r.rows = append(r.rows, row)
	r.say("==> %s, %s: %s (bar %s): %s", row.Measure, row.Data, row.Value, row.Bar, row.Verdict())
}

// table prints cells, a blank line before them.
func (r *runner) table(cells [][]string) error {
	r.say("")
	return measure.WriteCells(r.w, cells)
}

// finish prints all rows.
func (r *runner) finish() error {
	r.say("\n## results\n")
	return measure.WriteTable(r.w, r.rows)
}

// sourceKey is a short hash of the Go and assembly files below some folders, tests left out.
func sourceKey(dirs ...string) (string, error) {
	h := sha256.New()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".s") {
				return err
			}
			b, err := os.ReadFile(path)
			fmt.Fprintf(h, "%s %d\n", e.Name(), len(b))
			h.Write(b)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}

// commit names the commit, with a plus when files differ from it.
func (r *runner) commit() string {
	out, err := exec.Command("git", "-C", r.root, "describe", "--always", "--dirty=+").Output()
	if err != nil {
		return "outside git"
	}
	return strings.TrimSpace(string(out))
}

func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	model := runtime.GOARCH
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%d × %s", runtime.NumCPU(), model)
}

// loadAverage is the kernel's, over one, five and fifteen minutes.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// writeSet is what the suites that write insert: words, or where the command line leaves those out made vectors of the same dimension.
func (r *runner) writeSet(rows int) (*dataset.Set, error) {
	const queries = 2000
	if strings.Contains(r.o.sets, "words") {
		return r.cache.Words(rows, queries)
	}
	s, err := r.cache.Clustered(rows, 100, queries)
	if err == nil {
		s.Metric = distance.Cosine
	}
	return s, err
}

// derived gives the path of something made from a set by sources of ours, made anew when they have changed; what older sources made goes.
func (r *runner) derived(name, key, kind string, write func(path string) error) (string, error) {
	path, err := r.cache.Make(name+"-"+key+kind, write)
	if err != nil {
		return "", err
	}
	stale, err := filepath.Glob(r.cache.Path(name + "-????????????" + kind))
	if err != nil {
		return "", err
	}
	for _, old := range stale {
		if old != path {
			if err := os.RemoveAll(old); err != nil {
				return "", err
			}
		}
	}
	return path, nil
}
