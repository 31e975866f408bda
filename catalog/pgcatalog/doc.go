// Package pgcatalog is the schema pg_catalog, and the functions that read it: relations that any query can join, whose rows are computed from a
// catalog.Reader when they are read.
//
//	columns.tsv   every relation's columns, as Postgres has them: names, order, types
//	vecgres.tsv   the same for the schema vecgres, which holds what Postgres has no place for
//	static/*.tsv  rows that never change: access methods, languages, operator classes …
//	view_*.go     rows from facts: a Go struct whose pg tags name columns, and an iterator
//
// A column that a live row does not have is NULL. A relation with neither file nor iterator has no rows: vecgres has none of what it lists.
// Iterators may use the equality conditions they are given (lookup) to find a few objects rather than list all; the executor filters again.
//
// Invariants: OIDs of relations and of rows that Postgres has too are Postgres'; nothing here is kept between calls.
package pgcatalog
