// Package funcs has every scalar function, operator, aggregate and set-returning function, and the rules by which a call finds the one it means.
//
//	facts/*.tsv        what exists: pg_proc's and pg_operator's rows (OID, arguments, result, strictness, volatility, symbol)
//	    │ init
//	    ▼
//	family files       how it is computed: tables from symbol to implementation (integer.go, text.go, json.go, agg.go …)
//	    │ facts.go joins both into the registry
//	    ▼
//	resolve.go         ResolveFunction, ResolveOperator, ResolveAggregate, ResolveSetReturning ◄── binder
//	    │              (choose.go: candidates; polymorphic.go: anyelement and its kin)
//	    ▼
//	Overload.Bind      once per call site ──► Func, once per row ◄── executor
//
// A symbol is pg_proc.prosrc, so aliases and operators share one implementation (ceil and ceiling; abs(x) and @ x), and strictness and
// volatility are Postgres' own. To add a function that Postgres has, implement its symbol and let TestRewriteFacts take its row over from an export of
// pg_proc; to add one of our own, write its row to facts/extra.tsv too.
//
// Invariants:
//   - the registry is complete after init and never changes; a fact without an implementation panics there, so it cannot be missed;
//   - a strict function never sees NULL: the caller gives NULL without calling;
//   - Func and SetFunc are safe for concurrent use with different Contexts; an AggState belongs to one group;
//   - arguments are never changed, and results may share memory with them;
//   - bad input gives a pgerr.Error with Postgres' code and text, never a panic.
//
// Distances are the engine's own (vecengine/distance); only here the root of L2 is taken. Databases have collation C, so upper, lower, initcap and case
// folding know ASCII alone.
//
// Known gaps: regular expressions with back references or look-around (Go's matcher is linear and has none); jsonpath's datetime(), and jsonpath as a
// type (paths are text); text search, xml, ranges, network and geometric types; json_populate_record, which needs composite types; normalize().
package funcs
