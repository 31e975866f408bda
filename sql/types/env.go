package types

import "time"

// Env is what text forms depend on beside the value: the session's settings. The zero Env is UTC, ISO, MDY, postgres-style intervals,
// hex bytea and shortest floats.
type Env struct {
	Location            *time.Location // nil: UTC
	LocationName        string         // as SHOW TimeZone prints it
	DateStyle           string         // "ISO, MDY" and so on
	IntervalStyle       string         // "postgres", "postgres_verbose", "sql_standard", "iso_8601"
	ByteaOutput         string         // "hex" or "escape"
	ExtraFloatDigits    int            // 1 is the default: shortest exact
	ExtraFloatDigitsSet bool
	Now                 time.Time // transaction start, for 'now', 'today' …
	// Resolver gives names and OIDs of catalog objects for reg* types; nil: they print as numbers.
	Resolver RegResolver
}

// RegResolver turns catalog names into OIDs and back for regclass, regtype, regproc, regnamespace and regrole.
type RegResolver interface {
	RegName(typ OID, oid uint32) (string, bool)
	RegOID(typ OID, name string) (uint32, error)
}

// CastContext is where a cast may be used.
type CastContext byte

// The contexts, each allowing all that the ones before it allow.
const (
	CastImplicit   CastContext = 'i'
	CastAssignment CastContext = 'a'
	CastExplicit   CastContext = 'e'
)
