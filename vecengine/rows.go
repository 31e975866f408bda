package vecengine

import (
	"vecgres/vecengine/column"
)

// Rows are rows to be written: one column per Schema.Columns, in that order, and for each supplied index of the Schema, in order, its key bytes
// (KeyIndex) or its vectors' element bytes (computed VectorIndex; distance.Element says how they lie).
type Rows struct {
	Cols []column.Column
	Keys []Keys
	// Indexes tells which index each of Keys is for; nil: exactly the Schema's. A writer that was planned before an index appeared has no keys
	// for it, which is allowed while the index is Building; one planned before a Building index went may still bring its keys.
	Indexes []IndexID
}

// Keys are the keys, or the vectors, of some rows in one index.
type Keys struct {
	Bytes  column.Column // Bytes kind; NULL: the row is not in the index (of a computed one: no vector, or outside a partial index)
	Exempt []bool        // nil, or per row: not subject to uniqueness (a part of the key is NULL)
}

// OnConflict says what Insert does about a duplicate key.
type OnConflict uint8

// The choices. DuplicateError stops at the first one with a *DuplicateKeyError; the other two leave such rows out and report them.
const (
	DuplicateError OnConflict = iota
	DuplicateSkip
)

// InsertOptions of Txn.Insert.
type InsertOptions struct {
	OnConflict OnConflict
	// Arbiters are the unique indexes whose duplicates are skipped; nil: all. A duplicate in another one is an error.
	Arbiters []IndexID
	// Locations asks for InsertResult.Locs.
	Locations bool
}

// InsertResult tells what became of each row given.
type InsertResult struct {
	FirstRow  RowID
	Inserted  int
	Conflicts []Conflict // rows left out, ascending by Row
	Locs      []Loc      // of the rows inserted, when asked for, in input order
}

// Conflict is an input row that was left out, and the row that is in its way: committed and newest, or the transaction's own.
type Conflict struct {
	Input    int
	Index    IndexID
	Existing RowID
	// Own tells that the row in the way was written by this transaction; SameBatch by this very call (ON CONFLICT DO UPDATE must then fail with 21000).
	Own, SameBatch bool
}
