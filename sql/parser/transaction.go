package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

var transactionKinds = map[pgq.TransactionStmtKind]string{
	pgq.TransactionStmtKind_TRANS_STMT_BEGIN:             "BEGIN",
	pgq.TransactionStmtKind_TRANS_STMT_START:             "START",
	pgq.TransactionStmtKind_TRANS_STMT_COMMIT:            "COMMIT",
	pgq.TransactionStmtKind_TRANS_STMT_ROLLBACK:          "ROLLBACK",
	pgq.TransactionStmtKind_TRANS_STMT_SAVEPOINT:         "SAVEPOINT",
	pgq.TransactionStmtKind_TRANS_STMT_RELEASE:           "RELEASE",
	pgq.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:       "ROLLBACK TO",
	pgq.TransactionStmtKind_TRANS_STMT_PREPARE:           "PREPARE",
	pgq.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:   "COMMIT PREPARED",
	pgq.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
}

func (c *conv) transaction(t *pgq.TransactionStmt) ast.Stmt {
	out := &ast.Transaction{Kind: transactionKinds[t.Kind], Savepoint: t.SavepointName, Chain: t.Chain}
	if t.Gid != "" {
		out.Savepoint = t.Gid
	}
	for _, mode := range c.options(t.Options) {
		on := mode.Value != "0"
		switch mode.Name {
		case "transaction_isolation":
			out.Isolation = mode.Value
		case "transaction_read_only":
			out.ReadOnly = &on
		case "transaction_deferrable":
			out.Deferrable = &on
		}
	}
	return out
}

func (c *conv) setConstraints(s *pgq.ConstraintsSetStmt) ast.Stmt {
	out := &ast.SetConstraints{Deferred: s.Deferred}
	for _, n := range s.Constraints {
		out.Names = append(out.Names, rangeVarName(n.GetRangeVar()))
	}
	return out
}
