package parser

import (
	"strconv"
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) options(nodes []*pgq.Node) []ast.Option {
	var out []ast.Option
	for _, n := range nodes {
		if d := n.GetDefElem(); d != nil {
			out = append(out, c.option(d))
		}
	}
	return out
}

// option converts name [= value]; a qualified name (toast.x) keeps its qualifier.
func (c *conv) option(d *pgq.DefElem) ast.Option {
	out := ast.Option{Name: d.Defname, Pos: ast.Pos(d.Location)}
	if d.Defnamespace != "" {
		out.Name = d.Defnamespace + "." + d.Defname
	}
	if d.Arg != nil && d.Arg.Node != nil {
		out.Given = true
		out.Value, out.Number = c.optionValue(d.Arg, d.Location)
	}
	return out
}

// optionValue is a value's text, and whether it was written as a number.
func (c *conv) optionValue(n *pgq.Node, location int32) (text string, number bool) {
	switch v := n.Node.(type) {
	case *pgq.Node_String_:
		return v.String_.Sval, false
	case *pgq.Node_Integer:
		return strconv.Itoa(int(v.Integer.Ival)), true
	case *pgq.Node_Float:
		return decimal(v.Float.Fval), true
	case *pgq.Node_Boolean:
		return strconv.FormatBool(v.Boolean.Boolval), false
	case *pgq.Node_AConst:
		return constantText(constant(v.AConst))
	case *pgq.Node_TypeName: // a bare word
		return strings.Join(strs(v.TypeName.Names), ".") + strings.Repeat("[]", len(v.TypeName.ArrayBounds)), false
	case *pgq.Node_AStar:
		return "*", false
	case *pgq.Node_RoleSpec:
		return role(v.RoleSpec), false
	case *pgq.Node_List:
		parts := make([]string, len(v.List.Items))
		for i, item := range v.List.Items {
			if item.GetNode() != nil {
				parts[i], _ = c.optionValue(item, location)
			}
		}
		return strings.Join(parts, ", "), false
	}
	c.unsupported(nodeName(n)+" as an option's value", location)
	return "", false
}

// constantText is a constant's value as text, without quotes.
func constantText(k *ast.Const) (text string, number bool) {
	switch k.Kind {
	case ast.ConstInt:
		return strconv.FormatInt(k.Int, 10), true
	case ast.ConstNumber:
		return k.Text, true
	case ast.ConstBool:
		return strconv.FormatBool(k.Bool), false
	}
	return k.Text, false
}
