package parser

import (
	"math/big"
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func constant(k *pgq.A_Const) *ast.Const {
	out := &ast.Const{Pos: ast.Pos(k.Location)}
	switch v := k.Val.(type) {
	case *pgq.A_Const_Ival:
		out.Kind, out.Int = ast.ConstInt, int64(v.Ival.GetIval())
	case *pgq.A_Const_Fval:
		out.Kind, out.Text = ast.ConstNumber, decimal(v.Fval.GetFval())
	case *pgq.A_Const_Boolval:
		out.Kind, out.Bool = ast.ConstBool, v.Boolval.GetBoolval()
	case *pgq.A_Const_Sval:
		out.Kind, out.Text = ast.ConstString, v.Sval.GetSval()
	case *pgq.A_Const_Bsval:
		out.Kind, out.Text = ast.ConstBitString, v.Bsval.GetBsval()
	}
	return out
}

// decimal writes a number without digit separators, and a hexadecimal, octal or binary integer in decimal.
func decimal(text string) string {
	text = strings.ReplaceAll(text, "_", "")
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > 1 && digits[0] == '0' && strings.ContainsRune("xXoObB", rune(digits[1])) {
		if n, ok := new(big.Int).SetString(text, 0); ok {
			return n.String()
		}
	}
	return text
}

// valueFunctions are the names by the grammar's operation; those with a precision share the name.
var valueFunctions = map[pgq.SQLValueFunctionOp]string{
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pgq.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pgq.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pgq.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pgq.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pgq.SQLValueFunctionOp_SVFOP_USER:                "user",
	pgq.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pgq.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

func valueFunction(f *pgq.SQLValueFunction) *ast.SQLValueFunction {
	out := &ast.SQLValueFunction{Name: valueFunctions[f.Op], Mod: -1, Pos: ast.Pos(f.Location)}
	switch f.Op {
	case pgq.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N, pgq.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N,
		pgq.SQLValueFunctionOp_SVFOP_LOCALTIME_N, pgq.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		out.Mod = f.Typmod
	}
	return out
}
