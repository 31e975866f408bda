package sql

import (
	"context"

	"vecgres/sql/ast"
	"vecgres/sql/client"
)

func (s *Session) explainTarget(p *prepared, st *ast.Explain) (a, b any, err error) { return nil, nil, nil }
func explainFields(st *ast.Explain) []client.Field                                 { return nil }
func (s *Session) runExplain(ctx context.Context, p *portal, st *ast.Explain) error { return nil }
