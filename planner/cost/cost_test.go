package cost

import (
	"testing"

	"vecgres/sql/bound"
	"vecgres/sql/types"
)

func TestSelectivityOrder(t *testing.T) {
	col := &bound.ColRef{ID: 1, Typ: types.T(types.Int4OID)}
	cond := func(op string) bound.Scalar { return &bound.Call{Op: op, Args: []bound.Scalar{col, col}} }
	eq, lt := Selectivity(cond("=")), Selectivity(cond("<"))
	both := Selectivity(&bound.And{Args: []bound.Scalar{cond("="), cond("<")}})
	either := Selectivity(&bound.Or{Args: []bound.Scalar{cond("="), cond("<")}})
	if !(both < eq && eq < lt && lt < either && either < 1) {
		t.Errorf("and %v, = %v, < %v, or %v", both, eq, lt, either)
	}
}

func TestIndexBeatsScanForFewRows(t *testing.T) {
	s := TableStats{Rows: 100000, Bytes: 1e7}
	if IndexScan(5, 1, 0).Total >= Scan(s, 1).Total {
		t.Error("five rows by an index should be cheaper than a scan of the table")
	}
	if IndexScan(90000, 1, 0).Total <= Scan(s, 1).Total {
		t.Error("most rows by an index should be dearer than a scan")
	}
}
