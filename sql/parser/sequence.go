package parser

import (
	"github.com/jackc/pgerrcode"
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

func (c *conv) createSequence(s *pgq.CreateSeqStmt) ast.Stmt {
	return &ast.CreateSequence{
		Name:        c.rangeVar(s.Sequence),
		IfNotExists: s.IfNotExists,
		Temporary:   s.Sequence.GetRelpersistence() == "t",
		Options:     c.sequenceOptions(s.Options),
	}
}

func (c *conv) alterSequence(s *pgq.AlterSeqStmt) ast.Stmt {
	return &ast.AlterSequence{Name: c.rangeVar(s.Sequence), IfExists: s.MissingOk, Options: c.sequenceOptions(s.Options)}
}

func (c *conv) sequenceOptions(nodes []*pgq.Node) []ast.SequenceOption {
	var out []ast.SequenceOption
	for _, n := range nodes {
		if d := n.GetDefElem(); d != nil {
			out = append(out, c.sequenceOption(d))
		}
	}
	return out
}

func (c *conv) sequenceOption(d *pgq.DefElem) ast.SequenceOption {
	out := ast.SequenceOption{Name: d.Defname, Given: d.Arg != nil && d.Arg.Node != nil, Pos: ast.Pos(d.Location)}
	switch arg := d.GetArg().GetNode().(type) {
	case nil:
	case *pgq.Node_Boolean:
		out.Bool = arg.Boolean.Boolval
	case *pgq.Node_TypeName:
		out.Type = c.typeNamePtr(arg.TypeName)
	case *pgq.Node_List:
		out.Owner = name(arg.List.Items, d.Location)
		if len(out.Owner.Parts) == 1 && out.Owner.Parts[0] == "none" {
			out.Owner.Parts = nil
		}
	case *pgq.Node_Integer, *pgq.Node_Float:
		n, err := sequenceNumber(d.Arg)
		if err != nil {
			c.fail(pgerr.New(pgerrcode.NumericValueOutOfRange, "value \"%s\" is out of range for type bigint", d.Arg.GetFloat().GetFval()))
		}
		out.Int = n
		if d.Defname == "generated" { // SET GENERATED: the grammar holds its letter as a number
			out.Bool = n == int64(identityAlways[0])
		}
	}
	return out
}
