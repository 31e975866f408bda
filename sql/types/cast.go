package types

// Cast is a row of pg_cast, or one of the conversions that Postgres makes up (through text, element-wise over arrays).
type Cast struct {
	From, To OID
	Context  CastContext
	Method   byte // 'f' function, 'b' binary coercible, 'i' through the text form
	// Func converts a value that is not NULL and applies to's modifier; explicit tells a CAST from an assignment.
	// It is never nil.
	Func func(env *Env, d Datum, to Type, explicit bool) (Datum, error)
}

type castKey struct{ from, to OID }
