package ast

import (
	"fmt"
	"reflect"
	"testing"
)

func TestQuoteIdent(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "_a$1": "_a$1", "app$acme": "app$acme", "": `""`, "A": `"A"`, "a b": `"a b"`, `a"b`: `"a""b"`, "1a": `"1a"`, "$a": `"$a"`,
		"select": `"select"`, "left": `"left"`, "coalesce": `"coalesce"`, "name": "name", "ü": `"ü"`, "key": "key",
	} {
		if got := QuoteIdent(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if got := QuoteLiteral(`it's \n`); got != `'it''s \n'` {
		t.Error(got)
	}
}

func TestName(t *testing.T) {
	n := Name{Parts: []string{"db", "S", "t"}}
	if n.Last() != "t" || n.Schema() != "S" || n.String() != `db."S".t` {
		t.Error(n.Last(), n.Schema(), n.String())
	}
	if n := (Name{}); n.Last() != "" || n.Schema() != "" || n.String() != "" {
		t.Error("empty name")
	}
}

func col(name string) Expr { return &ColumnRef{Name: Name{Parts: []string{name}}} }

// TestFormatConstants covers what the grammar never makes but callers may build.
func TestFormatConstants(t *testing.T) {
	for want, e := range map[string]Expr{
		"NULL":                &Const{},
		"(-1)::integer":       &CastExpr{X: &Const{Kind: ConstInt, Int: -1}, Type: TypeName{Name: Name{Parts: []string{"pg_catalog", "int4"}}}},
		"((-1) + (-2.5))":     &OpExpr{Op: "+", Left: &Const{Kind: ConstInt, Int: -1}, Right: &Const{Kind: ConstNumber, Text: "-2.5"}},
		"B'101'":              &Const{Kind: ConstBitString, Text: "b101"},
		"false":               &Const{Kind: ConstBool},
		"(a OPERATOR(s.+) b)": &OpExpr{Op: "+", Schema: "s", Left: col("a"), Right: col("b")},
	} {
		if got := FormatExpr(e); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	interval := TypeName{Name: Name{Parts: []string{"pg_catalog", "interval"}}, Mods: []Expr{&Const{Kind: ConstInt, Int: 3}}, IntervalFields: IntervalDay | IntervalHour | IntervalMinute | IntervalSecond}
	if got := FormatType(interval); got != "interval DAY TO SECOND(3)" {
		t.Error(got)
	}
	timestamptz := TypeName{Name: Name{Parts: []string{"pg_catalog", "timestamptz"}}, Mods: []Expr{&Const{Kind: ConstInt, Int: 3}}, Array: 1}
	if got := FormatType(timestamptz); got != "timestamp(3) with time zone[]" {
		t.Error(got)
	}
	if FormatStmt(&Checkpoint{}) != "" {
		t.Error("CHECKPOINT has a text")
	}
}

func TestWalk(t *testing.T) {
	sub := &Select{Items: []SelectItem{{Expr: col("e")}}, From: []TableExpr{&RangeVar{Name: Name{Parts: []string{"u"}}}}}
	stmt := &Insert{
		With:   &With{CTEs: []CTE{{Name: "q", Query: &Delete{Table: &RangeVar{}, Where: col("a")}}}},
		Table:  &RangeVar{Name: Name{Parts: []string{"t"}}},
		Source: &Select{Values: [][]Expr{{col("b"), &FuncCall{Args: []Expr{col("c")}, Over: &WindowSpec{PartitionBy: []Expr{col("d")}}}}}},
		Conflict: &OnConflict{Set: []Assignment{
			{Column: "x", MultiSource: &SubLink{Query: sub}, Fields: 2}, {Column: "y", MultiSource: &SubLink{Query: sub}, Field: 1, Fields: 2},
		}},
	}
	var columns []string
	count := map[string]int{}
	Walk(stmt, func(n any) bool {
		count[fmt.Sprintf("%T", n)]++
		if c, ok := n.(*ColumnRef); ok {
			columns = append(columns, c.Name.Last())
		}
		return true
	})
	if want := []string{"a", "b", "c", "d", "e"}; !reflect.DeepEqual(columns, want) {
		t.Errorf("columns %v, want %v", columns, want)
	}
	want := map[string]int{"*ast.Insert": 1, "*ast.Delete": 1, "*ast.Select": 2, "*ast.RangeVar": 3, "*ast.ColumnRef": 5, "*ast.FuncCall": 1, "*ast.SubLink": 1}
	if !reflect.DeepEqual(count, want) {
		t.Errorf("nodes %v, want %v", count, want)
	}
	pruned := 0
	Walk(stmt, func(n any) bool { pruned++; return false })
	if pruned != 1 {
		t.Errorf("%d nodes visited after false", pruned)
	}
}
