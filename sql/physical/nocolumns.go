package physical

import "vecgres/vecengine/column"

// A table may have no columns and still rows. The engine counts rows by their columns, so such a table is stored with one that SQL never sees.
const (
	// RowColumn is that column's number, above every attribute's.
	RowColumn = 1<<15 - 1
	// RowColumnKind is its kind; all its values are NULL.
	RowColumnKind = column.Bool
)

// RowColumnOf is the stored column of n rows without columns.
func RowColumnOf(n int) column.Column {
	b := column.NewBuilder(RowColumnKind, 0, n)
	for range n {
		b.AppendNull()
	}
	return b.Finish()
}
