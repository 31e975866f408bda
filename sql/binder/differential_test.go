package binder_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/planner/plantest"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/oracle"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// TestAgainstPostgres prepares the statements of testdata/postgres.sql on a real server (package oracle) and
// binds them here: names and types of columns, types of parameters, and the codes, texts and positions of errors must agree. Lines that begin with
// CREATE make the tables on both sides; a statement after the comment "-- differs: why" is only run here.
func TestAgainstPostgres(t *testing.T) {
	oracle.Postgres.Need(t)
	ctx := context.Background()
	conn := oracle.Postgres.Connect(t)
	if _, err := conn.Exec(ctx, "SET client_min_messages = error"); err != nil {
		t.Fatal(err)
	}
	m := plantest.NewCatalog()
	for _, s := range postgresStatements(t) {
		if strings.HasPrefix(s.sql, "CREATE ") {
			if _, err := conn.Exec(ctx, s.sql); err != nil {
				t.Fatalf("%s: %v", s.sql, err)
			}
			if err := m.Exec(s.sql); err != nil {
				t.Fatalf("%s: %v", s.sql, err)
			}
			continue
		}
		ours := describeOurs(m, s.sql)
		if s.differs {
			continue
		}
		if theirs := describeTheirs(ctx, conn, s.sql); ours != theirs {
			t.Errorf("%s\n  here:     %s\n  postgres: %s", s.sql, ours, theirs)
		}
	}
}

type postgresStatement struct {
	sql     string
	differs bool
}

func postgresStatements(t testing.TB) []postgresStatement {
	data, err := os.ReadFile("testdata/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	var out []postgresStatement
	differs := false
	for _, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "-- differs"):
			differs = true
		case line == "" || strings.HasPrefix(line, "--"):
		default:
			out = append(out, postgresStatement{strings.TrimSuffix(line, ";"), differs})
			differs = false
		}
	}
	return out
}

func describeOurs(m *plantest.Catalog, sql string) string {
	stmts, err := parser.Parse(sql)
	if err != nil {
		return describeError(err)
	}
	r, err := binder.Bind(stmts[0].Stmt, m.Options())
	if err != nil {
		return describeError(err)
	}
	checkTree(r)
	var out strings.Builder
	for _, c := range bound.Output(r.Stmt) {
		fmt.Fprintf(&out, "%s %d; ", c.Name, wireType(uint32(c.Type.OID)))
	}
	for i, p := range r.Params {
		fmt.Fprintf(&out, "$%d %d; ", i+1, p.OID)
	}
	return out.String()
}

// wireType is a type as the client sees it.
func wireType(oid uint32) uint32 {
	if types.OID(oid) == types.UnknownOID {
		return uint32(types.TextOID)
	}
	return oid
}

func describeError(err error) string {
	e := pgerr.From(err)
	return fmt.Sprintf("%s at %d: %s", e.Code, e.Position, e.Message)
}

func describeTheirs(ctx context.Context, conn *pgx.Conn, sql string) string {
	d, err := conn.Prepare(ctx, "", sql)
	if err != nil {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			return err.Error()
		}
		return fmt.Sprintf("%s at %d: %s", e.Code, e.Position, e.Message)
	}
	var out strings.Builder
	for _, f := range d.Fields {
		fmt.Fprintf(&out, "%s %d; ", f.Name, f.DataTypeOID)
	}
	for i, p := range d.ParamOIDs {
		fmt.Fprintf(&out, "$%d %d; ", i+1, p)
	}
	return out.String()
}

// checkTree asserts what holds of every bound query: no scalar is of type unknown, and every column referred to is produced.
func checkTree(r *bound.Result) {
	q, ok := r.Stmt.(*bound.Query)
	if !ok {
		return
	}
	bound.WalkRel(q.Rel, nil, func(s bound.Scalar) {
		if p, ok := s.(*bound.Param); ok && p.Typ.OID == types.UnknownOID {
			return
		}
		if s.Type().OID == types.UnknownOID {
			panic("unknown type in " + bound.Format(r))
		}
	})
	if free := bound.FreeColumns(q.Rel); len(free) > 0 {
		panic(fmt.Sprintf("columns %v are not produced in\n%s", free, bound.Format(r)))
	}
}
