package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// The grammar's bits for DECLARE's options.
const (
	cursorBinary   = 0x0001
	cursorScroll   = 0x0002
	cursorNoScroll = 0x0004
	cursorHold     = 0x0020
)

// prepared converts what works on prepared statements and cursors.
func (c *conv) prepared(n *pgq.Node) ast.Stmt {
	switch s := n.GetNode().(type) {
	case *pgq.Node_PrepareStmt:
		out := &ast.Prepare{Name: s.PrepareStmt.Name, Stmt: c.stmt(s.PrepareStmt.Query)}
		for _, t := range s.PrepareStmt.Argtypes {
			out.Types = append(out.Types, c.typeName(t.GetTypeName()))
		}
		return out
	case *pgq.Node_ExecuteStmt:
		return &ast.Execute{Name: s.ExecuteStmt.Name, Args: c.exprs(s.ExecuteStmt.Params)}
	case *pgq.Node_DeallocateStmt:
		return &ast.Deallocate{Name: s.DeallocateStmt.Name}
	case *pgq.Node_DeclareCursorStmt:
		d := s.DeclareCursorStmt
		has := func(bit int32) bool { return d.Options&bit != 0 }
		return &ast.DeclareCursor{
			Name: d.Portalname, Query: c.subselect(d.Query),
			Binary: has(cursorBinary), Scroll: has(cursorScroll), NoScroll: has(cursorNoScroll), Hold: has(cursorHold),
		}
	case *pgq.Node_FetchStmt:
		return fetch(s.FetchStmt)
	case *pgq.Node_ClosePortalStmt:
		return &ast.CloseCursor{Name: s.ClosePortalStmt.Portalname}
	case *pgq.Node_DiscardStmt:
		return discard(s.DiscardStmt)
	}
	return nil
}

func fetch(f *pgq.FetchStmt) ast.Stmt {
	out := &ast.Fetch{Cursor: f.Portalname, Count: f.HowMany, Move: f.Ismove}
	switch f.Direction {
	case pgq.FetchDirection_FETCH_BACKWARD:
		out.Direction = "BACKWARD"
	case pgq.FetchDirection_FETCH_ABSOLUTE:
		out.Direction = "ABSOLUTE"
	case pgq.FetchDirection_FETCH_RELATIVE:
		out.Direction = "RELATIVE"
	default:
		out.Direction = "FORWARD"
	}
	return out
}

func discard(d *pgq.DiscardStmt) ast.Stmt {
	switch d.Target {
	case pgq.DiscardMode_DISCARD_PLANS:
		return &ast.Discard{Target: "PLANS"}
	case pgq.DiscardMode_DISCARD_SEQUENCES:
		return &ast.Discard{Target: "SEQUENCES"}
	case pgq.DiscardMode_DISCARD_TEMP:
		return &ast.Discard{Target: "TEMP"}
	}
	return &ast.Discard{Target: "ALL"}
}
