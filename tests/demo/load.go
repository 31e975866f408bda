package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"vecgres/tests/internal/pgvector"
)

func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return c, nil
}

// load makes the namespaces and their tables, and copies each tenant's images into its own.
func load(ctx context.Context, url string, d *dataset) error {
	step("A namespace for each tenant below shop, and COPY (binary) of its half of the training images")
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for _, sql := range []string{"CREATE EXTENSION IF NOT EXISTS vector", "CREATE SCHEMA shop"} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	for i := range d.tenants {
		t := &d.tenants[i]
		ddl := fmt.Sprintf("CREATE SCHEMA %[1]s; CREATE TABLE %[1]s.items (id bigint PRIMARY KEY, label int NOT NULL, pixel_sum int NOT NULL, embedding vector(%d))",
			t.schema, pixels)
		if _, err := c.PgConn().Exec(ctx, ddl).ReadAll(); err != nil {
			return err
		}
		began := time.Now()
		tag, err := c.PgConn().CopyFrom(ctx, copyStream(t.items), "COPY "+t.schema+".items FROM STDIN WITH (FORMAT binary)")
		if err != nil {
			return fmt.Errorf("copy into %s: %w", t.schema, err)
		}
		if tag.RowsAffected() != int64(len(t.items)) {
			return fmt.Errorf("copy into %s: %d rows of %d", t.schema, tag.RowsAffected(), len(t.items))
		}
		took := time.Since(began)
		say("%-12s %s rows in %s, %s rows/s", t.schema, number(len(t.items)), seconds(took), number(int(float64(len(t.items))/took.Seconds())))
	}
	return nil
}

// copyStream is items as COPY's binary format has them.
func copyStream(items []item) io.Reader {
	r, w := io.Pipe()
	go func() {
		buf := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
		for i := range items {
			buf = appendRow(buf, &items[i])
			if len(buf) > 64<<10 {
				if _, err := w.Write(buf); err != nil {
					return // the reader has gone
				}
				buf = buf[:0]
			}
		}
		buf = binary.BigEndian.AppendUint16(buf, 0xffff)
		_, err := w.Write(buf)
		w.CloseWithError(err)
	}()
	return r
}

func appendRow(buf []byte, it *item) []byte {
	buf = binary.BigEndian.AppendUint16(buf, 4)
	buf = binary.BigEndian.AppendUint32(buf, 8)
	buf = binary.BigEndian.AppendUint64(buf, uint64(it.id))
	for _, v := range []int32{it.label, it.pixelSum} {
		buf = binary.BigEndian.AppendUint32(buf, 4)
		buf = binary.BigEndian.AppendUint32(buf, uint32(v))
	}
	buf = binary.BigEndian.AppendUint32(buf, uint32(4+4*len(it.vector)))
	return pgvector.AppendBinary(buf, it.vector)
}

// buildIndexes builds the filters' and the vectors' indexes of each tenant, showing how far they are.
func buildIndexes(ctx context.Context, url string, d *dataset) error {
	step("Indexes: ordered ones for the filters, an HNSW graph for the vectors")
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for i := range d.tenants {
		for _, sql := range []string{
			"CREATE INDEX ON %s.items (label)",
			"CREATE INDEX ON %s.items (pixel_sum)",
			"CREATE INDEX ON %s.items USING hnsw (embedding vector_l2_ops)",
		} {
			sql = fmt.Sprintf(sql, d.tenants[i].schema)
			began := time.Now()
			stop := watchBuild(ctx, url)
			_, err := c.Exec(ctx, sql)
			stop()
			if err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
			say("%-70s %6s", sql, seconds(time.Since(began)))
		}
	}
	return nil
}

// watchBuild prints a build's progress every second, until the function that it returns is called.
func watchBuild(ctx context.Context, url string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		var c *pgx.Conn
		last := ""
		for {
			select {
			case <-ctx.Done():
				if c != nil {
					c.Close(context.WithoutCancel(ctx))
				}
				return
			case <-tick.C:
			}
			if c == nil {
				if c, _ = connect(ctx, url); c == nil {
					continue
				}
			}
			if line := progress(ctx, c); line != "" && line != last {
				say("  %s", line)
				last = line
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// progress says what is being built now; nothing between two builds.
func progress(ctx context.Context, c *pgx.Conn) string {
	var phase string
	var done, total int64
	row := c.QueryRow(ctx, "SELECT phase, tuples_done, tuples_total FROM pg_stat_progress_create_index LIMIT 1")
	switch err := row.Scan(&phase, &done, &total); {
	case err != nil:
		return ""
	case total < 2:
		return phase
	}
	return fmt.Sprintf("%-16s %7s of %s (%d %%)", phase, number(done), number(total), 100*done/total)
}
