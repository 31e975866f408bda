package exec

import (
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// Operator is a running operator of a plan; see the package comment for who owns what.
type Operator interface {
	// Open starts from the beginning.
	Open(ctx *Context) error
	// Next gives the next batch, which has at least one row, or nil at the end.
	Next() (*Batch, error)
	// Close gives memory and scanners back. Open may follow.
	Close() error
}

// typesOf are the types of columns.
func typesOf(cols []bound.Column) []types.Type {
	t := make([]types.Type, len(cols))
	for i, c := range cols {
		t[i] = c.Type
	}
	return t
}

// layout says where columns are in a row.
type layout map[bound.ColumnID]int

func layoutOf(cols []bound.Column) layout {
	l := make(layout, len(cols))
	for i, c := range cols {
		l[c.ID] = i
	}
	return l
}

// closeAll closes operators and gives the first error.
func closeAll(ops ...Operator) error {
	var first error
	for _, op := range ops {
		if op == nil {
			continue
		}
		if err := op.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
