// Package planner makes a physical plan of a bound statement, from catalog facts and table sizes alone: it never sees storage.
//
//	bound.Result ──InlineCTEs──► ──Optimize each level──► (package rules)
//	             ──build──► plan.Node: scans (access.go, index.go, vector.go), joins (join.go), subqueries (subquery.go), semi joins under a search (semisearch.go), the rest (physical.go)
//
// build goes down with a want: which columns are needed, which order would help and how many rows are enough. A scan that can give the order
// says so, and no sort is planned: that is how ORDER BY distance LIMIT k becomes a VectorScan, through projections, subselects and the outer side
// of joins.
//
// Invariants:
//   - a condition is handed down as exact or not at all: what a scan only narrows is checked again above it, so a LIMIT never sits below a
//     condition that was not decided;
//   - a vector search gets every condition on its table, as engine predicates or as a residual, so it gives k rows whenever k match;
//   - a plan does not depend on parameter values.
package planner
