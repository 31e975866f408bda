package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/internal/pgvector"
)

// strangers is how many rows of each tenant are looked for in the other.
const strangers = 500

// isolation looks for each tenant's rows in the other, by their own vectors: nothing could be nearer.
func isolation(ctx context.Context, url string, d *dataset) error {
	step("Tenants apart: %d rows of each are looked for by their own vectors, in their own namespace and in the other", strangers)
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if err := prepare(ctx, c, d, noFilter); err != nil {
		return err
	}
	t := newTable("", "found in its own", "rows the other gave", "of them not its own")
	for owns := range d.tenants {
		found, came, leaked := 0, 0, 0
		items := d.tenants[owns].items
		for i := range strangers {
			it := &items[i*len(items)/strangers]
			mine, err := query(ctx, c, owns, [][]byte{pgvector.AppendBinary(nil, it.vector)})
			if err != nil {
				return err
			}
			if len(mine) > 0 && mine[0].distance == 0 {
				found++
			}
			others, err := query(ctx, c, 1-owns, [][]byte{pgvector.AppendBinary(nil, it.vector)})
			if err != nil {
				return err
			}
			came += len(others)
			for _, h := range others {
				if d.item(1-owns, h.id) == nil {
					leaked++
				}
			}
		}
		t.row("rows of "+d.tenants[owns].schema, number(found), number(came), number(leaked))
		if leaked > 0 || came != strangers*k {
			return fmt.Errorf("%s: %d rows came, %d of them of the other tenant", d.tenants[1-owns].schema, came, leaked)
		}
		if float64(found) < recallLeast*strangers {
			return fmt.Errorf("%s: only %d of %d rows were found by their own vectors", d.tenants[owns].schema, found, strangers)
		}
	}
	return crossCheck(ctx, c)
}

// crossCheck asks SQL itself.
func crossCheck(ctx context.Context, c *pgconn.PgConn) error {
	for _, check := range []struct{ sql, want string }{
		{"SELECT count(*) FROM shop$berlin.items WHERE id % 2 = 1", "0"},
		{"SELECT count(*) FROM shop$tokyo.items WHERE id % 2 = 0", "0"},
		{"SELECT count(*) FROM shop$berlin.items b JOIN shop$tokyo.items t ON b.id = t.id", "0"},
	} {
		results, err := c.Exec(ctx, check.sql).ReadAll()
		if err != nil {
			return fmt.Errorf("%s: %w", check.sql, err)
		}
		got := string(results[0].Rows[0][0])
		say("%-84s %s", check.sql, got)
		if got != check.want {
			return fmt.Errorf("%s is %s, not %s", check.sql, got, check.want)
		}
	}
	return nil
}
