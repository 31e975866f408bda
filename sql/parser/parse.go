package parser

import (
	"fmt"
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// Parse parses every statement of query; there may be none. Errors are *pgerr.Error with positions in query: 42601 for a syntax
// error, 0A000 for what is not supported, 22021 for text that is not UTF-8, 42622 for an identifier above 1,024 bytes,
// 54001 for text that nests too deeply, 54000 for one of too many tokens. Safe for concurrent use.
func Parse(query string) (stmts []ast.Statement, err error) {
	defer func() {
		if p := recover(); p != nil {
			stmts, err = nil, pgerr.Internal(fmt.Errorf("parser: %v", p), "internal error in the parser")
		}
	}()
	long, err := guard(query)
	if err != nil {
		return nil, err
	}
	tree, err := pgq.Parse(long.text)
	if err != nil {
		return nil, syntaxError(err, long)
	}
	long.restoreTree(tree)
	return convert(query, tree)
}

// convert turns the grammar's statements into ours.
func convert(query string, tree *pgq.ParseResult) ([]ast.Statement, error) {
	stmts := make([]ast.Statement, 0, len(tree.Stmts))
	for _, raw := range tree.Stmts {
		text, offset := statementText(query, raw)
		c := conv{query: query, start: offset, end: offset + len(text)}
		stmt := c.stmt(raw.Stmt)
		if c.err != nil {
			return nil, c.err
		}
		stmts = append(stmts, ast.Statement{Stmt: stmt, Text: text, Offset: offset})
	}
	return stmts, nil
}

// statementText is a statement's own text without space around it; a length of 0 means to the end.
func statementText(query string, raw *pgq.RawStmt) (string, int) {
	start := min(max(int(raw.StmtLocation), 0), len(query))
	end := len(query)
	if raw.StmtLen > 0 {
		end = min(start+int(raw.StmtLen), len(query))
	}
	text := query[start:end]
	trimmed := strings.TrimLeft(text, space)
	start += len(text) - len(trimmed)
	return strings.TrimRight(trimmed, space), start
}

// space is what the scanner takes for space.
const space = " \t\n\r\f\v"
