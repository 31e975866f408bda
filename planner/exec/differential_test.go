package exec_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/sql/oracle"
	"vecgres/sql/pgerr"
)

// TestAgainstPostgres runs the statements of testdata/postgres.sql here and on a real server (package oracle): rows, numbers of rows affected and codes and texts of errors must agree. Rows are compared in order where the statement has an
// ORDER BY. A statement after the comment "-- differs: why" is only run here.
func TestAgainstPostgres(t *testing.T) {
	oracle.Postgres.Need(t)
	ctx := context.Background()
	conn := oracle.Postgres.Connect(t).PgConn()
	if _, err := conn.Exec(ctx, "SET client_min_messages = error; SET timezone = 'UTC'; SET statement_timeout = '1min'").ReadAll(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	d := newDatabase(t)
	differs, compared := false, 0
	for _, line := range strings.Split(string(data), "\n") {
		sql := strings.TrimSuffix(strings.TrimSpace(line), ";")
		switch {
		case strings.HasPrefix(sql, "-- differs"):
			differs = true
			continue
		case sql == "" || strings.HasPrefix(sql, "--"):
			continue
		case strings.HasPrefix(sql, "CREATE "):
			if err := d.catalog.Exec(sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			continue
		}
		ours := inOrder(sql, d.do(sql))
		if differs {
			differs = false
			continue
		}
		compared++
		if theirs := inOrder(sql, theirRows(ctx, conn, sql)); ours != theirs {
			t.Errorf("%s\n  here:\n%s  postgres:\n%s", sql, ours, theirs)
		}
	}
	t.Logf("%d statements compared", compared)
}

// inOrder sorts the rows of a statement without ORDER BY.
func inOrder(sql, rows string) string {
	if strings.Contains(strings.ToUpper(sql), "ORDER BY") || strings.HasPrefix(rows, "error") {
		return rows
	}
	lines := strings.Split(strings.TrimSuffix(rows, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func theirRows(ctx context.Context, conn *pgconn.PgConn, sql string) string {
	results, err := conn.Exec(ctx, sql).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		p := pgerr.New(e.Code, "%s", e.Message)
		p.Detail = e.Detail
		return errorText(p)
	}
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, row := range results[0].Rows {
		texts := make([]string, len(row))
		for i, v := range row {
			texts[i] = "NULL"
			if v != nil {
				texts[i] = string(v)
			}
		}
		out.WriteString(strings.Join(texts, " | ") + "\n")
	}
	if out.Len() == 0 {
		return strings.TrimSpace(strings.ReplaceAll(affectedText(results[0].CommandTag), "  ", " ")) + "\n"
	}
	return out.String()
}

func affectedText(tag pgconn.CommandTag) string {
	_, n, _ := strings.Cut(tag.String(), " ")
	if i := strings.LastIndexByte(n, ' '); i >= 0 {
		n = n[i+1:]
	}
	return n + " rows"
}
