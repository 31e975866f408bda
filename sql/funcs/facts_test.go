package funcs

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"vecgres/sql/types"
)

// factsFrom rewrites facts/pg_proc.tsv and facts/pg_operator.tsv from exports of a Postgres catalog in the same columns, keeping what has an
// implementation: go test -run TestRewriteFacts -facts procs.tsv,operators.tsv
var factsFrom = flag.String("facts", "", "exports of pg_proc and pg_operator, comma-separated")

func TestRewriteFacts(t *testing.T) {
	if *factsFrom == "" {
		t.Skip("no -facts given")
	}
	procs, operators, _ := strings.Cut(*factsFrom, ",")
	kept := map[string]bool{}
	var out strings.Builder
	for line := range strings.Lines(read(t, procs)) {
		line = strings.ReplaceAll(line, "\t3802 4072", "\t3802 25") // jsonpath is not a type here: paths are text
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for f := range facts(line) {
			if sets[f.symbol] != nil || typedSets[f.symbol] != nil || catalogSets[f.name] {
				columns[2] = "s"
				if f.ret == types.RecordOID && f.columns == nil {
					columns[7] = "t"
				}
			}
			if overridden(f) || !implemented(f) {
				continue
			}
			kept[columns[0]] = true
			out.WriteString(strings.Join(columns, "\t") + "\n")
		}
	}
	write(t, "facts/pg_proc.tsv", out.String())
	out.Reset()
	for line := range strings.Lines(read(t, operators)) {
		columns := strings.Split(line, "\t")
		if columns[3] == "4072" {
			columns[3] = "25"
		}
		if kept[columns[5]] {
			out.WriteString(strings.Join(columns, "\t"))
		}
	}
	write(t, "facts/pg_operator.tsv", out.String())
}

func overridden(f *fact) bool {
	for e := range facts(extraFacts) {
		if e.oid == f.oid {
			return true
		}
	}
	return false
}

func implemented(f *fact) bool {
	all := append(slices.Clone(f.args), f.ret)
	for _, o := range all {
		info, ok := types.Lookup(o)
		if o == 0 || !ok || o == types.CstringOID || info.Name == "internal" || info.Name == "anyenum" {
			return false
		}
	}
	_, byName := aggregates[f.name]
	_, bySymbol := aggregates[f.symbol]
	switch {
	case f.kind == 'a':
		return byName || bySymbol
	case sets[f.symbol] != nil || typedSets[f.symbol] != nil || catalogSets[f.name]:
		return true
	}
	return f.kind == 'f' && f.implement(&Overload{})
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryImplementationIsUsed finds symbols that no fact names: misspelt ones. Tables that are made from patterns are left out.
func TestEveryImplementationIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, text := range []string{procFacts, extraFacts} {
		for f := range facts(text) {
			used[f.symbol], used[f.name] = true, true
		}
	}
	written := merge(floatFuncs, numericFuncs, textFuncs, encodeFuncs, formatFuncs, arrayFuncs, jsonFuncs, jsonModifyFuncs, jsonBuildFuncs,
		datetimeFuncs, systemFuncs, sizeFuncs, vectorFuncs, sparseFuncs, toCharFuncs, dateParseFuncs, numberCharFuncs)
	symbols := slices.Collect(maps.Keys(written))
	symbols = slices.AppendSeq(symbols, maps.Keys(typed))
	symbols = slices.AppendSeq(symbols, maps.Keys(sets))
	symbols = slices.AppendSeq(symbols, maps.Keys(typedSets))
	symbols = slices.AppendSeq(symbols, maps.Keys(aggregates))
	symbols = slices.AppendSeq(symbols, maps.Keys(castSymbols))
	symbols = slices.AppendSeq(symbols, maps.Keys(catalogFunctions))
	symbols = slices.AppendSeq(symbols, maps.Keys(catalogSets))
	for _, s := range symbols {
		if !used[s] {
			t.Errorf("no function uses %q", s)
		}
	}
}
