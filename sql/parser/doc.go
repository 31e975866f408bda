// Package parser turns query text into package ast's trees. It is the only user of pg_query, which is Postgres 16's own grammar in C:
//
//	text ─► guard: UTF-8, NUL, depth ─► long identifiers put aside ─► pg_query (cgo, protobuf) ─► one conversion method a node ─► ast
//
// Invariants:
//   - no input panics or kills the process. pg_query walks its tree by recursion on a C thread's stack, where an overflow could not
//     be caught, so that texts long enough to nest that deep have their nesting estimated from their tokens first (guard.go);
//   - identifiers are never cut: the grammar cuts them to 63 bytes silently, which would turn two tenants' schemas into one, so that
//     longer ones are replaced by placeholders of the same length and put back into the tree (longident.go);
//   - positions count bytes of the text as given, also in errors;
//   - what the grammar accepts and ast cannot say is ast.Unsupported for a statement, 0A000 with a position inside one.
//
// A conversion keeps its first error and goes on with nil nodes, so that the methods read like the grammar's rules.
package parser
