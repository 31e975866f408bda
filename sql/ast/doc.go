// Package ast is the tree of a statement as it was written, before any name or type is known.
//
//	text ── sql/parser ──► ast ── sql/binder ──► sql/bound
//	                        │
//	                        └── Format… ──► canonical text: stored defaults, checks, index expressions, view bodies
//
// The shapes follow Postgres 16's raw parse tree: what the grammar itself rewrites arrives rewritten (LIKE is the operator ~~,
// EXTRACT is a call of pg_catalog.extract, int is pg_catalog.int4, -1 is one constant), and what later stages of Postgres
// rewrite arrives as written (serial, IN lists, BETWEEN, stars).
//
// Invariants:
//   - every Pos counts bytes from the start of the whole query text, also when that text holds several statements;
//   - names are folded to lower case where they were not quoted, and never cut short: whoever knows the role of a name
//     (schema path or ordinary identifier) applies its length rule;
//   - trees are never changed after the parser made them, so they may be shared between goroutines.
package ast
