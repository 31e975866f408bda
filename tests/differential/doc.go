// Package differential gives the same random SELECTs to vecgres and to PostgreSQL and compares rows and SQLSTATEs.
//
//	seed ─► tables with NULLs, some indexes ─► both servers
//	     ─► query ─► both ─► outcomes equal? ── no ─► drop clauses while they still differ ─► report
//
// Expressions come from a grammar of templates (grammar.go), one list a type; queries are kept as clauses (query.go), so that a
// difference can be shrunk. Every query orders by all its columns, and rows are compared as bags whose numbers have lost their trailing
// zeros: what is equal to ORDER BY may stand in either order, and LIMIT may cut either.
//
//	go test ./tests/differential -queries 20000 -seed 7
//
// A failure prints the seed, the shrunk query and both outcomes.
package differential
