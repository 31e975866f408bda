#!/bin/bash
# Compares the Go benchmarks of this tree with those of another commit: both are compiled, run in turns so that noise of the machine hits both,
# and put through benchstat.
#
#   compare.sh REF          REF is any commit; this tree is taken as it lies there, uncommitted changes included
#
#   PKG    packages          (default: the engine, SQL types, the protocol)
#   BENCH  benchmarks        (default: all but those that index whole data sets)
#   COUNT  rounds            (default 10; benchstat wants at least 6)
#   TIME   of each           (default 0.2s)
set -euo pipefail
ref=${1:?"usage: compare.sh REF"}
pkg=${PKG:-./vecengine/... ./sql/types ./pgwire}
bench=${BENCH:-.}
skip=${SKIP:-^Benchmark(Fashion|Raw)}
count=${COUNT:-10}
time=${TIME:-0.2s}
benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

root=$(git rev-parse --show-toplevel)
commit=$(git -C "$root" rev-parse --short "$ref^{commit}")
work=$root/.cache/bench/compare-$$
mkdir -p "$work"
trap 'git -C "$root" worktree remove --force "$work/tree" 2>/dev/null || true; rm -rf "$work"' EXIT
git -C "$root" worktree add --quiet --detach "$work/tree" "$commit"

# compile FOLDER NAME builds a test program for each package that has benchmarks.
compile() {
	mkdir -p "$work/$2"
	(cd "$1" && for p in $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' $pkg); do
		grep -lq '^func Benchmark' "$p"/*_test.go || continue
		go test -c -o "$work/$2/$(realpath --relative-to="$1" "$p" | tr / _).test" "$p"
		realpath --relative-to="$1" "$p" > "$work/$2/$(realpath --relative-to="$1" "$p" | tr / _).folder"
	done)
}
echo "compiling $commit and this tree" >&2
compile "$work/tree" "$commit"
compile "$root" here

for round in $(seq "$count"); do
	echo "round $round of $count" >&2
	for side in "$commit" here; do
		tree=$root; [ "$side" = here ] || tree=$work/tree
		for program in "$work/$side"/*.test; do
			(cd "$tree/$(cat "${program%.test}.folder")" &&
				"$program" -test.run '^$' -test.bench "$bench" -test.skip "$skip" -test.benchtime "$time") >> "$work/$side.txt"
		done
	done
done
(cd "$work" && go run "$benchstat" "$commit.txt" here.txt)
