package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/internal/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// smoke is a runner over a fiftieth of everything.
func smoke(t *testing.T) (*runner, *bytes.Buffer) {
	var out bytes.Buffer
	r, err := newRunner(&out, harness.Root(), options{sets: "fashion", scale: 0.02, rounds: 1, queries: 100, cache: t.TempDir(), seconds: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(out.String())
		}
	})
	return r, &out
}

// check looks at the rows of a suite: as many as expected, each with a number that is one.
func check(t *testing.T, r *runner, rows int) {
	t.Helper()
	if len(r.rows) != rows {
		t.Fatalf("%d rows, not %d: %+v", len(r.rows), rows, r.rows)
	}
	for _, row := range r.rows {
		if row.Value == "" || strings.Contains(row.Value, "NaN") || strings.Contains(row.Value, "Inf") {
			t.Errorf("%s: %q", row.Measure, row.Value)
		}
	}
	if err := r.finish(); err != nil {
		t.Error(err)
	}
}

func requireDataset(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(dataset.FashionDir); err != nil {
		t.Fatal("dataset-fashion-mnist is missing: run `make deps`")
	}
}

func TestSmokeAgainstHnswlib(t *testing.T) {
	requireDataset(t)
	if _, err := os.Stat("/usr/include/hnswlib/hnswlib.h"); err != nil {
		t.Fatal("libhnswlib-dev is missing: run `make deps`")
	}
	r, out := smoke(t)
	if err := r.searchSuite(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.buildSuite(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, r, 3)
	// The widest beam over so few rows finds all, on either side.
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "| 640 ") && strings.Count(line, "1.0000") != 2 {
			t.Errorf("recall at ef 640: %s", line)
		}
	}
}

func TestSmokeInProcess(t *testing.T) {
	requireDataset(t)
	r, _ := smoke(t)
	for _, suite := range []func(*runner, context.Context) error{(*runner).filterSuite, (*runner).codesSuite, (*runner).growthSuite} {
		if err := suite(r, t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	check(t, r, 3)
	if !r.rows[0].Met {
		t.Errorf("filters lose rows: %+v", r.rows[0])
	}
	r.rows, r.o.scale = nil, 0.001
	if err := r.scanSuite(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, r, 3)
}

func TestSmokeServer(t *testing.T) {
	requireDataset(t)
	r, _ := smoke(t)
	r.o.server = harness.Binary(t)
	for _, suite := range []func(*runner, context.Context) error{
		(*runner).memorySuite, (*runner).wireSuite, (*runner).mixedSuite, (*runner).insertSuite,
	} {
		if err := suite(r, t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	check(t, r, 6)
}

func TestPassing(t *testing.T) {
	got := passing(nil, []int32{5, 1, 3, 9, 3}, window{0, 2, 5})
	if len(got) != 3 || got[0] != 0 || got[1] != 2 || got[2] != 4 {
		t.Error(got)
	}
}
