// Package physical says how SQL values lie in the engine's columns and keys. The engine knows kinds, not types; this is the one place
// where the two meet, for the executor and for the catalog's own tables alike.
//
//	bool                                   Bool
//	int2; int4, date                       Int16; Int32
//	int8, time, timestamp, timestamptz     Int64
//	oid, xid and the reg* types            Int64 (they are unsigned)
//	float4; float8                         Float32; Float64
//	uuid                                   Fixed16
//	interval                               Fixed16: Postgres' binary form, big-endian microseconds, days, months
//	vector(n)                              Vector of dimension n
//	vector without n                       Bytes: little-endian float32
//	text, varchar, char, name, json, bytea Bytes as they are
//	everything else                        Bytes: Postgres' binary form (types.AppendBinary), jsonb with its version byte
//
// Invariants:
//   - DatumAt(Append(d)) equals d for every value of every storable type;
//   - where Pushable says so, the engine's comparison of two stored values is SQL's.
package physical
