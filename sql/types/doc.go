// Package types is the floor of the SQL side: what a value is, and everything that Postgres says about a type's values.
//
//	text, from clients and literals ──ParseText──►  Datum  ──AppendText──► text, as psql shows it
//	binary parameters ───────DecodeBinary────────►  Datum  ──AppendBinary──► binary results, COPY
//	                                                Datum  ──CastDatum──► Datum of another type
//	                                                Datum  ──AppendKey──► bytes in the order of Compare
//
// Files: type.go, registry.go (pg_type), datum.go (how values lie in memory), codec.go (the four conversions, dispatched on
// the type), key.go and compare.go (order), cast.go (the one matrix of casts), and a file or a few for each family of types.
//
// Invariants:
//   - a Datum does not say its type; every function here gets the OID beside it;
//   - a Datum's X is never changed once made, so Datums are copied and shared freely between goroutines;
//   - numerics have an exponent of 0 or less (its negation is the display scale) and no negative zero;
//   - jsonb lies in its canonical text, so equality of text is almost equality of values (numbers keep their scale);
//   - no input makes a public function panic; errors are *pgerr.Error with Postgres 16's codes and texts.
//
// Everything is safe for concurrent use; tables are filled before main and never changed.
package types
