// Package binder turns the ast of SELECT, INSERT, UPDATE and DELETE into a bound tree: it resolves names against one catalog snapshot, types
// every expression by Postgres 16's rules, expands views, and reports mistakes with Postgres' codes, texts and positions.
//
//	Bind ─► statement (select, insert, update, delete)
//	          │  query: one SELECT's scope; its parent is the query around it
//	          ├─ with.go      WITH items, in scope below
//	          ├─ from.go      FROM ─► Rel, and the items (range table) that names resolve to
//	          ├─ scalar.go …  expressions; aggregates, window functions and set-returning functions are set apart in their query as columns
//	          ├─ groupby.go, orderby.go, window.go
//	          └─ finish.go    puts the nodes together: filter, group, having, window, sets, project, distinct, sort, lock, limit
//
// A select is bound in two steps, parts first and finish later, because what stands around it (a UNION, an INSERT) may still give types to its
// untyped literals; what stays untyped becomes text.
//
// Invariants:
//   - untyped literals are bound.Const of type unknown and untyped parameters bound.Param of type unknown only until something coerces them; none
//     is left in a finished tree;
//   - an aggregate, a window function or a set-returning function in an expression is a ColRef to a column that its query's finish defines;
//   - after grouping, a reference to a column of FROM is an error (42803) unless it is a key or depends on a grouped primary key;
//   - a binder serves one statement and one goroutine. Nothing that it gets from the catalog is changed.
//
// Known differences from Postgres: the argument of a simple CASE and the operands of BETWEEN and of row comparisons stand in the tree more than once
// and may be evaluated so; literals that mean a moment ('now', 'today') are read when the statement runs; tables are no composite types, a whole row
// is a record that knows its columns' names; conflict targets are matched here, not when planning; views are never updatable.
package binder
