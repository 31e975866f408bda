package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
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
	step("namespaces shop, shop$berlin and shop$tokyo, and COPY of %d rows", len(d.train))
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
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
		seconds := time.Since(began).Seconds()
		say("%-12s %d rows in %.1f s, %.0f rows/s", t.schema, len(t.items), seconds, float64(len(t.items))/seconds)
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
	return appendVector(buf, it.vector)
}

// appendVector is pgvector's binary form: dimensions, a zero, big-endian floats.
func appendVector(buf []byte, v []float32) []byte {
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(v)))
	buf = binary.BigEndian.AppendUint16(buf, 0)
	for _, x := range v {
		buf = binary.BigEndian.AppendUint32(buf, math.Float32bits(x))
	}
	return buf
}

// buildIndexes builds the filters' and the vectors' indexes of each tenant, showing how far they are.
func buildIndexes(ctx context.Context, url string) error {
	step("indexes")
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for _, schema := range []string{"shop$berlin", "shop$tokyo"} {
		for _, sql := range []string{
			"CREATE INDEX ON %s.items (label)",
			"CREATE INDEX ON %s.items (pixel_sum)",
			"CREATE INDEX ON %s.items USING hnsw (embedding vector_l2_ops)",
		} {
			sql = fmt.Sprintf(sql, schema)
			began := time.Now()
			watched, stop := context.WithCancel(ctx)
			done := make(chan struct{})
			go func() {
				defer close(done)
				watchBuild(watched, url)
			}()
			_, err := c.Exec(ctx, sql)
			stop()
			<-done
			if err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
			say("%s: %.1f s", sql, time.Since(began).Seconds())
		}
	}
	return nil
}

// watchBuild prints a build's progress every second.
func watchBuild(ctx context.Context, url string) {
	c, err := connect(ctx, url)
	if err != nil {
		return
	}
	defer c.Close(context.Background())
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var phase string
		var done, total int64
		row := c.QueryRow(ctx, "SELECT phase, tuples_done, tuples_total FROM pg_stat_progress_create_index WHERE tuples_total > 0 LIMIT 1")
		if row.Scan(&phase, &done, &total) == nil {
			say("  %s: %d of %d (%d %%)", phase, done, total, 100*done/max(total, 1))
		}
	}
}
