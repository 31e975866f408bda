package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5"
)

// showPlan prints what the planner and the engine make of a query without and with a filter.
func showPlan(ctx context.Context, url string, d *dataset) error {
	step("EXPLAIN ANALYZE says which way a search went, and why")
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	q := &d.test[0]
	for _, where := range []string{"", fmt.Sprintf("WHERE label = %d ", q.label)} {
		sql := "SELECT id FROM shop$berlin.items " + where + "ORDER BY embedding <-> $1 LIMIT 10"
		say("EXPLAIN ANALYZE %s;", sql)
		rows, err := c.Query(ctx, "EXPLAIN ANALYZE "+sql, pgx.QueryExecModeExec, vectorText(q.vector))
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
		for _, l := range lines {
			say("  %s", l)
		}
	}
	return nil
}

// psqlScript is what the demonstration types into psql.
const psqlScript = `\dn
\d shop$berlin.items
SELECT t.id, t.label, round((t.embedding <-> q.embedding)::numeric, 1) AS distance FROM shop$tokyo.items t, (SELECT embedding FROM shop$berlin.items WHERE id = 0) q WHERE t.label = 9 ORDER BY t.embedding <-> q.embedding LIMIT 3;
`

// showPsql lets psql look at the same server, where it is installed.
func showPsql(ctx context.Context, url string) error {
	step("The same in psql")
	program, err := exec.LookPath("psql")
	if err != nil {
		say("psql is not installed here (Debian: postgresql-client); left out")
		return nil
	}
	cmd := exec.CommandContext(ctx, program, "-X", "--echo-all", "-v", "ON_ERROR_STOP=1", "-P", "pager=off", url)
	cmd.Stdin = strings.NewReader(psqlScript)
	out, err := cmd.CombinedOutput()
	for l := range strings.Lines(strings.TrimRight(string(out), "\n")) {
		say("%s", strings.TrimRight(l, "\n"))
	}
	if err != nil {
		return fmt.Errorf("psql: %w", err)
	}
	return nil
}
