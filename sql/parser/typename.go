package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// intervalFullRange is the grammar's mask for an interval without fields but with a precision.
const intervalFullRange = 0x7FFF

func (c *conv) typeName(t *pgq.TypeName) ast.TypeName {
	if t == nil {
		return ast.TypeName{Pos: ast.NoPos}
	}
	if t.PctType {
		c.unsupported("%TYPE", t.Location)
	}
	out := ast.TypeName{
		Name:  name(t.Names, t.Location),
		Mods:  c.exprs(t.Typmods),
		Array: len(t.ArrayBounds),
		SetOf: t.Setof,
		Pos:   ast.Pos(t.Location),
	}
	if len(out.Name.Parts) == 2 && out.Name.Parts[0] == "pg_catalog" && out.Name.Parts[1] == "interval" {
		splitIntervalMods(&out)
	}
	return out
}

func (c *conv) typeNamePtr(t *pgq.TypeName) *ast.TypeName {
	if t == nil {
		return nil
	}
	out := c.typeName(t)
	return &out
}

// splitIntervalMods takes the mask of fields, which the grammar puts first, out of the modifiers.
func splitIntervalMods(t *ast.TypeName) {
	if len(t.Mods) == 0 {
		return
	}
	mask, ok := t.Mods[0].(*ast.Const)
	if !ok || mask.Kind != ast.ConstInt {
		return
	}
	t.Mods = t.Mods[1:]
	if len(t.Mods) == 0 {
		t.Mods = nil
	}
	if mask.Int != intervalFullRange {
		t.IntervalFields = int32(mask.Int)
	}
}
