package parser

import (
	"strconv"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) set(s *pgq.VariableSetStmt) *ast.Set {
	if s == nil {
		return nil
	}
	out := &ast.Set{Name: s.Name, Local: s.IsLocal}
	switch s.Kind {
	case pgq.VariableSetKind_VAR_SET_VALUE:
		for _, n := range s.Args {
			out.Values = append(out.Values, c.settingValue(n))
		}
	case pgq.VariableSetKind_VAR_SET_DEFAULT, pgq.VariableSetKind_VAR_RESET:
		out.Default = true
		out.Reset = s.Kind == pgq.VariableSetKind_VAR_RESET
	case pgq.VariableSetKind_VAR_RESET_ALL:
		out.All = true
	case pgq.VariableSetKind_VAR_SET_MULTI:
		if s.Name == "TRANSACTION SNAPSHOT" {
			c.unsupported("SET TRANSACTION SNAPSHOT", int32(c.start))
		}
		out.Multi = c.options(s.Args)
	default:
		c.unsupported("SET … FROM CURRENT", int32(c.start))
	}
	return out
}

// settingValue is the text of a value. SET TIME ZONE INTERVAL '…' is the only typed one.
func (c *conv) settingValue(n *pgq.Node) string {
	if cast := n.GetTypeCast(); cast != nil {
		text, _ := constantText(constant(cast.GetArg().GetAConst()))
		return "INTERVAL " + ast.QuoteLiteral(text)
	}
	if n.GetAConst() == nil {
		c.unsupported(nodeName(n)+" as a setting's value", nodeLocation(n))
		return ""
	}
	text, _ := constantText(constant(n.GetAConst()))
	return text
}

// sequenceNumber is a number of up to 64 bits as an option holds it.
func sequenceNumber(n *pgq.Node) (int64, error) {
	if i := n.GetInteger(); i != nil {
		return int64(i.Ival), nil
	}
	return strconv.ParseInt(decimal(n.GetFloat().GetFval()), 10, 64)
}
