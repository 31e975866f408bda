package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) createView(s *pgq.ViewStmt) ast.Stmt {
	out := &ast.CreateView{
		View:      c.rangeVar(s.View),
		Columns:   strs(s.Aliases),
		Query:     c.subselect(s.Query),
		Replace:   s.Replace,
		Temporary: s.View.GetRelpersistence() == "t",
		Options:   c.options(s.Options),
	}
	switch s.WithCheckOption {
	case pgq.ViewCheckOption_LOCAL_CHECK_OPTION:
		out.CheckOption = "LOCAL"
	case pgq.ViewCheckOption_CASCADED_CHECK_OPTION:
		out.CheckOption = "CASCADED"
	}
	if c.err == nil {
		out.QueryText = c.viewText(out)
	}
	return out
}

// viewText is the query as written: what follows the first AS outside brackets, without WITH CHECK OPTION. The grammar rewrites the
// query of a RECURSIVE view, whose text is then made from the tree.
func (c *conv) viewText(v *ast.CreateView) string {
	text := c.query[c.start:c.end]
	scan, err := pgq.Scan(text)
	if err != nil {
		return ast.FormatStmt(v.Query)
	}
	tokens := scan.Tokens
	depth, from, to := 0, -1, len(text)
	for i, token := range tokens {
		switch token.Token {
		case pgq.Token_ASCII_40:
			depth++
		case pgq.Token_ASCII_41:
			depth--
		case pgq.Token_RECURSIVE:
			if from < 0 {
				return ast.FormatStmt(v.Query)
			}
		case pgq.Token_AS:
			if depth == 0 && from < 0 {
				from = int(token.End)
			}
		case pgq.Token_WITH, pgq.Token_WITH_LA:
			// The last one at this depth begins WITH CHECK OPTION, where there is one.
			if v.CheckOption != "" && depth == 0 && checkOptionFollows(tokens[i+1:]) {
				to = int(token.Start)
			}
		}
	}
	if from < 0 || from > to {
		return ast.FormatStmt(v.Query)
	}
	return strings.Trim(text[from:to], space)
}

func checkOptionFollows(tokens []*pgq.ScanToken) bool {
	if len(tokens) > 0 && (tokens[0].Token == pgq.Token_LOCAL || tokens[0].Token == pgq.Token_CASCADED) {
		tokens = tokens[1:]
	}
	return len(tokens) >= 2 && tokens[0].Token == pgq.Token_CHECK && tokens[1].Token == pgq.Token_OPTION
}
