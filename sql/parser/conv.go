package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// conv converts one statement. The first error stays in err; methods return nil or zero values from then on.
type conv struct {
	query      string
	start, end int // the statement's own text in query
	err        error
}

func (c *conv) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// unsupported fails with 0A000 at a location of the grammar, -1 for none.
func (c *conv) unsupported(feature string, location int32) {
	c.fail(pgerr.Unimplemented(feature).At(int(location)))
}

// str is the text of a string node, "" for anything else.
func str(n *pgq.Node) string { return n.GetString_().GetSval() }

// strs are the texts of string nodes.
func strs(nodes []*pgq.Node) []string {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = str(n)
	}
	return out
}

// name makes a Name of string nodes.
func name(nodes []*pgq.Node, location int32) ast.Name {
	return ast.Name{Parts: strs(nodes), Pos: ast.Pos(location)}
}

// listItems are the items of a list node; a node that is no list is its own only item.
func listItems(n *pgq.Node) []*pgq.Node {
	if n == nil || n.Node == nil {
		return nil
	}
	if list := n.GetList(); list != nil {
		return list.Items
	}
	return []*pgq.Node{n}
}

// objectName is the name of an object as DROP, COMMENT, GRANT and ALTER … OWNER hold it: a string, a list of strings (with a type or a
// relation among them), a type, a function with its arguments, or a relation.
func objectName(n *pgq.Node) ast.Name {
	out := ast.Name{Pos: ast.NoPos}
	switch v := n.GetNode().(type) {
	case *pgq.Node_String_:
		out.Parts = []string{v.String_.Sval}
	case *pgq.Node_List:
		for _, item := range v.List.Items {
			out.Parts = append(out.Parts, objectName(item).Parts...)
		}
	case *pgq.Node_TypeName:
		return name(v.TypeName.Names, v.TypeName.Location)
	case *pgq.Node_ObjectWithArgs:
		return name(v.ObjectWithArgs.Objname, -1)
	case *pgq.Node_RangeVar:
		return rangeVarName(v.RangeVar)
	}
	return out
}

func rangeVarName(r *pgq.RangeVar) ast.Name {
	out := ast.Name{Pos: ast.Pos(r.GetLocation())}
	for _, part := range []string{r.GetCatalogname(), r.GetSchemaname()} {
		if part != "" {
			out.Parts = append(out.Parts, part)
		}
	}
	out.Parts = append(out.Parts, r.GetRelname())
	return out
}

// role is a role's name; PUBLIC, CURRENT_USER and the like are their lower-case words.
func role(r *pgq.RoleSpec) string {
	switch r.GetRoletype() {
	case pgq.RoleSpecType_ROLESPEC_CURRENT_ROLE:
		return "current_role"
	case pgq.RoleSpecType_ROLESPEC_CURRENT_USER:
		return "current_user"
	case pgq.RoleSpecType_ROLESPEC_SESSION_USER:
		return "session_user"
	case pgq.RoleSpecType_ROLESPEC_PUBLIC:
		return "public"
	}
	return r.GetRolename()
}

func roles(nodes []*pgq.Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, role(n.GetRoleSpec()))
	}
	return out
}

// cascade tells CASCADE from RESTRICT.
func cascade(b pgq.DropBehavior) bool { return b == pgq.DropBehavior_DROP_CASCADE }

// nodeName is the grammar's name of a node in capital words: "CREATE FUNCTION" for CreateFunctionStmt.
func nodeName(n *pgq.Node) string {
	inner := innerMessage(n)
	if inner == nil {
		return "this syntax"
	}
	text := strings.TrimSuffix(string(inner.Descriptor().Name()), "Stmt")
	if known, ok := nodeNames[text]; ok {
		return known
	}
	var out strings.Builder
	for i, r := range text {
		if i > 0 && r >= 'A' && r <= 'Z' {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return strings.ToUpper(out.String())
}

// nodeNames are the features whose node is not named like the syntax.
var nodeNames = map[string]string{
	"CreateTrig": "CREATE TRIGGER", "CreateEventTrig": "CREATE EVENT TRIGGER", "CreatePLang": "CREATE LANGUAGE", "CreateAm": "CREATE ACCESS METHOD",
	"CreateStats": "CREATE STATISTICS", "AlterStats": "ALTER STATISTICS", "Rule": "CREATE RULE", "CompositeType": "CREATE TYPE",
	"CreateEnum": "CREATE TYPE", "CreateRange": "CREATE TYPE", "AlterEnum": "ALTER TYPE", "RefreshMatView": "REFRESH MATERIALIZED VIEW",
	"CreateFdw": "CREATE FOREIGN DATA WRAPPER", "CreateForeignServer": "CREATE SERVER", "SecLabel": "SECURITY LABEL",
	"AlterTableMoveAll": "ALTER TABLE ALL IN TABLESPACE", "RangeTableSample": "TABLESAMPLE", "RangeTableFunc": "XMLTABLE",
	"JsonIsPredicate": "IS JSON", "JsonObjectConstructor": "JSON_OBJECT", "JsonArrayConstructor": "JSON_ARRAY",
	"JsonArrayQueryConstructor": "JSON_ARRAY", "JsonObjectAgg": "JSON_OBJECTAGG", "JsonArrayAgg": "JSON_ARRAYAGG", "XmlExpr": "XML",
	"XmlSerialize": "XMLSERIALIZE", "CreateTableSpace": "CREATE TABLESPACE", "DropTableSpace": "DROP TABLESPACE", "Call": "CALL",
	"AlterTSDictionary": "ALTER TEXT SEARCH DICTIONARY", "AlterTSConfiguration": "ALTER TEXT SEARCH CONFIGURATION",
	"CreateOpClass": "CREATE OPERATOR CLASS", "CreateOpFamily": "CREATE OPERATOR FAMILY", "AlterOpFamily": "ALTER OPERATOR FAMILY",
}

// innerMessage is the message in a node's oneof, nil for an empty node.
func innerMessage(n *pgq.Node) protoreflect.Message {
	if n == nil || n.Node == nil {
		return nil
	}
	m := n.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if field == nil {
		return nil
	}
	return m.Get(field).Message()
}

// nodeLocation is the location that any node says of itself, -1 when it says none.
func nodeLocation(n *pgq.Node) int32 {
	inner := innerMessage(n)
	if inner == nil {
		return -1
	}
	field := inner.Descriptor().Fields().ByName("location")
	if field == nil || field.Kind() != protoreflect.Int32Kind {
		return -1
	}
	return int32(inner.Get(field).Int())
}
