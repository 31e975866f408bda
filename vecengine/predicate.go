package vecengine

// Op is a predicate's comparison.
type Op uint8

// The comparisons. IsNull and NotNull have no values; In has any number; Between has two, both inclusive.
const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
	Between
	In
	IsNull
	NotNull
)

// Value is a predicate's constant: Int for Bool (0, 1) and the integer kinds, Float for the float kinds (NaN is above all and equal to itself), Bytes for Bytes and Fixed16.
type Value struct {
	Int   int64
	Float float64
	Bytes []byte
}

// Predicate is a condition on one column; NULL never satisfies any but IsNull. When Index is set, the rows that satisfy it are exactly those
// whose key in that index lies in one of Ranges, so the engine may use either way.
type Predicate struct {
	Column ColumnID
	Op     Op
	Values []Value
	Index  IndexID
	Ranges []KeyRange
}

// KeyRange is a range of key bytes. A nil Lo or Hi is unbounded.
type KeyRange struct {
	Lo, Hi       []byte
	LoInc, HiInc bool
}
