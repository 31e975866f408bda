package drivers

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"vecgres/tests/internal/harness"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// codeOf is the SQLSTATE of an error; "" when it is none of the server's.
func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// deadline is a context that ends before a test could hang.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	t.Cleanup(cancel)
	return ctx
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if codeOf(err) != code {
		t.Errorf("error is %v, want SQLSTATE %s", err, code)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// itemsTable is what most tests of this package work on.
const itemsTable = `CREATE EXTENSION IF NOT EXISTS vector;
	CREATE TABLE items (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(8,2), embedding vector(3));
	CREATE INDEX ON items USING hnsw (embedding vector_l2_ops)`

func mustExec(t *testing.T, conn *pgx.Conn, sql string, args ...any) pgconn.CommandTag {
	t.Helper()
	tag, err := conn.Exec(deadline(t), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag
}

// TestPgxModes runs the same work under every way in which pgx can send a query.
func TestPgxModes(t *testing.T) {
	s := harness.StartVecgres(t)
	ctx := deadline(t)
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			conn := s.ConnFor(t, "default_query_exec_mode", mode)
			mustExec(t, conn, "DROP TABLE IF EXISTS items")
			for _, sql := range []string{"CREATE EXTENSION IF NOT EXISTS vector", "CREATE TABLE items (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(8,2), embedding vector(3))", "CREATE INDEX ON items USING hnsw (embedding vector_l2_ops)"} {
				mustExec(t, conn, sql)
			}
			for i, name := range []string{"a", "b", "c", "d"} {
				tag := mustExec(t, conn, "INSERT INTO items (name, price, embedding) VALUES ($1, $2, $3)", name, fmt.Sprintf("%d.5", i), vector{float32(i), 0, 1}.String())
				if tag.String() != "INSERT 0 1" {
					t.Errorf("tag %q", tag)
				}
			}
			rows, err := conn.Query(ctx, "SELECT name FROM items WHERE price < $1 ORDER BY embedding <-> $2 LIMIT $3", 3, "[2,0,1]", 2)
			must(t, err)
			names, err := pgx.CollectRows(rows, pgx.RowTo[string])
			must(t, err)
			if !slices.Equal(names, []string{"c", "b"}) {
				t.Errorf("nearest are %v", names)
			}
			_, err = conn.Exec(ctx, "INSERT INTO items (name) VALUES ($1)", "a")
			wantCode(t, err, pgerrcode.UniqueViolation)
			_, err = conn.Exec(ctx, "INSERT INTO items (name, embedding) VALUES ($1, $2)", "x", "[1,2]")
			wantCode(t, err, pgerrcode.DataException)
			_, err = conn.Exec(ctx, "SELECT nosuch FROM items WHERE id = $1", 1)
			wantCode(t, err, pgerrcode.UndefinedColumn)
			var n int
			must(t, conn.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n))
			if n != 4 {
				t.Errorf("%d rows, want 4", n)
			}
		})
	}
}

// TestPgxTypes sends values as binary parameters and reads them back as binary results.
func TestPgxTypes(t *testing.T) {
	conn := harness.StartVecgres(t).Conn()
	ctx := deadline(t)
	when := time.Date(2024, 2, 29, 12, 34, 56, 789000000, time.UTC)
	number := pgtype.Numeric{Int: big.NewInt(-12345), Exp: -3, Valid: true}
	id := [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	for _, c := range []struct {
		typ   string
		value any
	}{
		{"bool", true}, {"int2", int16(-7)}, {"int4", int32(1 << 30)}, {"int8", int64(-1 << 60)},
		{"float4", float32(1.25)}, {"float8", 0.1}, {"numeric", number}, {"text", "naïve ☃"}, {"varchar(5)", "abcde"},
		{"bytea", []byte{0, 1, 255}}, {"uuid", id}, {"date", time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)},
		{"timestamp", when}, {"timestamptz", when}, {"time", pgtype.Time{Microseconds: 3661000001, Valid: true}},
		{"interval", pgtype.Interval{Months: 1, Days: 2, Microseconds: 3, Valid: true}},
		{"jsonb", map[string]any{"a": []any{1.5, "x", nil}}}, {"json", []any{true, "y"}},
		{"int4[]", []int32{1, -2, 3}}, {"text[]", []string{"a", "", "c d"}}, {"float8[]", []float64{1.5, -2}}, {"uuid[]", [][16]byte{id}},
		{"timestamptz[]", []time.Time{when}},
	} {
		got := reflect.New(reflect.TypeOf(c.value))
		if err := conn.QueryRow(ctx, "SELECT $1::"+c.typ, c.value).Scan(got.Interface()); err != nil {
			t.Errorf("%s: %v", c.typ, err)
			continue
		}
		if g, ok := got.Elem().Interface().(time.Time); ok && g.Equal(c.value.(time.Time)) {
			continue
		}
		if times, ok := got.Elem().Interface().([]time.Time); ok && len(times) == 1 && times[0].Equal(when) {
			continue
		}
		if !reflect.DeepEqual(got.Elem().Interface(), c.value) {
			t.Errorf("%s: %v came back as %v", c.typ, c.value, got.Elem().Interface())
		}
		var null *string
		if err := conn.QueryRow(ctx, "SELECT ($1::"+c.typ+")::text", nil).Scan(&null); err != nil || null != nil {
			t.Errorf("%s: a null came back as %v (%v)", c.typ, null, err)
		}
	}
	var missing netip.Addr
	if err := conn.QueryRow(ctx, "SELECT 'x'::nosuchtype").Scan(&missing); codeOf(err) != pgerrcode.UndefinedObject {
		t.Errorf("an unknown type: %v", err)
	}
	nulls := []*int32{new(int32), nil}
	var back []*int32
	must(t, conn.QueryRow(ctx, "SELECT $1::int4[]", nulls).Scan(&back))
	if len(back) != 2 || back[0] == nil || back[1] != nil {
		t.Errorf("an array with a null came back as %v", back)
	}
}

// TestPgxVectors uses vectors in binary, by a codec registered under the type's OID.
func TestPgxVectors(t *testing.T) {
	conn := harness.StartVecgres(t).Conn()
	ctx := deadline(t)
	mustExec(t, conn, itemsTable)
	must(t, registerVector(ctx, conn))
	source := [][]any{}
	for i := range 500 {
		source = append(source, []any{fmt.Sprint("n", i), vector{float32(i), float32(i % 10), 0}})
	}
	n, err := conn.CopyFrom(ctx, pgx.Identifier{"items"}, []string{"name", "embedding"}, pgx.CopyFromRows(source))
	must(t, err)
	if n != 500 {
		t.Errorf("CopyFrom wrote %d rows", n)
	}
	rows, err := conn.Query(ctx, "SELECT name, embedding, embedding <-> $1 AS d FROM items ORDER BY embedding <-> $1 LIMIT 3", vector{100, 0, 0})
	must(t, err)
	type hit struct {
		Name      string
		Embedding vector
		D         float64
	}
	hits, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hit])
	must(t, err)
	if len(hits) != 3 || hits[0].Name != "n100" || hits[0].D != 0 || hits[0].Embedding.String() != "[100,0,0]" || hits[1].D > hits[2].D {
		t.Errorf("nearest are %v", hits)
	}
	var back vector
	must(t, conn.QueryRow(ctx, "UPDATE items SET embedding = $1 WHERE name = $2 RETURNING embedding", vector{-1, 0.1, 2}, "n7").Scan(&back))
	if back.String() != "[-1,0.1,2]" {
		t.Errorf("RETURNING gives %v", back)
	}
	must(t, conn.QueryRow(ctx, "SELECT avg(embedding) FROM items WHERE id <= 2").Scan(&back))
	if back.String() != "[0.5,0.5,0]" {
		t.Errorf("avg is %v", back)
	}
	_, err = conn.Exec(ctx, "INSERT INTO items (name, embedding) VALUES ('x', $1)", vector{1, 2})
	wantCode(t, err, pgerrcode.DataException)
	if want := "expected 3 dimensions, not 2"; err == nil || !slices.Contains([]string{want}, err.(*pgconn.PgError).Message) {
		t.Errorf("message of %v, want %s", err, want)
	}
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"items"}, []string{"name", "embedding"}, pgx.CopyFromRows([][]any{{"ok", vector{1, 2, 3}}, {"bad", vector{1}}}))
	wantCode(t, err, pgerrcode.DataException)
	var count int
	must(t, conn.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&count))
	if count != 500 {
		t.Errorf("%d rows after a failed COPY, want 500", count)
	}
}

// TestPgxPrepared describes, prepares and reuses statements.
func TestPgxPrepared(t *testing.T) {
	conn := harness.StartVecgres(t).Conn()
	ctx := deadline(t)
	mustExec(t, conn, itemsTable)
	d, err := conn.Prepare(ctx, "near", "SELECT id, name, embedding <-> $1 AS d FROM items WHERE price > $2 AND name = ANY($3) ORDER BY embedding <-> $1 LIMIT $4")
	must(t, err)
	var vectorOID uint32
	must(t, conn.QueryRow(ctx, "SELECT 'vector'::regtype::oid").Scan(&vectorOID))
	if want := []uint32{vectorOID, pgtype.NumericOID, pgtype.TextArrayOID, pgtype.Int8OID}; !slices.Equal(d.ParamOIDs, want) {
		t.Errorf("parameters have types %v, want %v", d.ParamOIDs, want)
	}
	if len(d.Fields) != 3 || d.Fields[0].DataTypeOID != pgtype.Int8OID || d.Fields[1].DataTypeOID != pgtype.TextOID || d.Fields[2].DataTypeOID != pgtype.Float8OID || d.Fields[2].Name != "d" {
		t.Errorf("columns are %+v", d.Fields)
	}
	mustExec(t, conn, "INSERT INTO items (name, price, embedding) VALUES ('p', 5, '[1,1,1]'), ('q', 6, '[2,2,2]')")
	for range 3 {
		var id int64
		var name string
		var distance float64
		must(t, conn.QueryRow(ctx, "near", "[2,2,2]", 1, []string{"p", "q", "z"}, 1).Scan(&id, &name, &distance))
		if name != "q" || distance != 0 {
			t.Errorf("nearest is %s at %v", name, distance)
		}
	}
	// A row carries the table and column that a value comes from.
	if d.Fields[1].TableOID == 0 || d.Fields[1].TableAttributeNumber != 2 {
		t.Errorf("name comes from table %d column %d", d.Fields[1].TableOID, d.Fields[1].TableAttributeNumber)
	}
	mustExec(t, conn, "ALTER TABLE items ADD COLUMN extra int DEFAULT 9")
	var name string
	must(t, conn.QueryRow(ctx, "SELECT name FROM items WHERE extra = $1 ORDER BY id LIMIT 1", 9).Scan(&name))
	_, err = conn.Prepare(ctx, "bad", "SELECT * FROM missing WHERE id = $1")
	wantCode(t, err, pgerrcode.UndefinedTable)
	must(t, conn.Deallocate(ctx, "near"))
}

// TestPgxBatch pipelines many statements in one go.
func TestPgxBatch(t *testing.T) {
	conn := harness.StartVecgres(t).Conn()
	ctx := deadline(t)
	mustExec(t, conn, itemsTable)
	batch := &pgx.Batch{}
	for i := range 50 {
		batch.Queue("INSERT INTO items (name, embedding) VALUES ($1, $2)", fmt.Sprint(i), vector{float32(i), 0, 0}.String())
	}
	batch.Queue("SELECT count(*) FROM items")
	batch.Queue("SELECT name FROM items ORDER BY embedding <-> $1 LIMIT 1", "[31,0,0]")
	results := conn.SendBatch(ctx, batch)
	for range 50 {
		_, err := results.Exec()
		must(t, err)
	}
	var n int
	must(t, results.QueryRow().Scan(&n))
	var name string
	must(t, results.QueryRow().Scan(&name))
	must(t, results.Close())
	if n != 50 || name != "31" {
		t.Errorf("batch sees %d rows, nearest %s", n, name)
	}
	// A batch is one implicit transaction: a failure takes all of it back, and what follows is skipped.
	batch = &pgx.Batch{}
	batch.Queue("INSERT INTO items (name) VALUES ($1)", "first")
	batch.Queue("INSERT INTO items (name) VALUES ($1)", "31")
	batch.Queue("INSERT INTO items (name) VALUES ($1)", "third")
	wantCode(t, conn.SendBatch(ctx, batch).Close(), pgerrcode.UniqueViolation)
	must(t, conn.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n))
	if n != 50 {
		t.Errorf("%d rows after a failed batch, want 50", n)
	}
	// Pipelines with several Syncs are separate transactions.
	pipeline := conn.PgConn().StartPipeline(ctx)
	pipeline.SendQueryParams("INSERT INTO items (name) VALUES ('one')", nil, nil, nil, nil)
	must(t, pipeline.Sync())
	pipeline.SendQueryParams("SELECT 1/0", nil, nil, nil, nil)
	must(t, pipeline.Sync())
	pipeline.SendQueryParams("INSERT INTO items (name) VALUES ('two')", nil, nil, nil, nil)
	must(t, pipeline.Sync())
	for {
		result, err := pipeline.GetResults()
		if result == nil && err == nil {
			break
		}
		if reader, ok := result.(*pgconn.ResultReader); ok {
			_, _ = reader.Close()
		}
		if err != nil && codeOf(err) != pgerrcode.DivisionByZero {
			t.Fatal(err)
		}
	}
	must(t, pipeline.Close())
	must(t, conn.QueryRow(ctx, "SELECT count(*) FROM items WHERE name IN ('one', 'two')").Scan(&n))
	if n != 2 {
		t.Errorf("%d of two pipelined rows", n)
	}
}

func TestPgxTransactions(t *testing.T) {
	s := harness.StartVecgres(t)
	conn, other := s.Conn(), s.Conn()
	ctx := deadline(t)
	mustExec(t, conn, itemsTable)
	failed := errors.New("no")
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO items (name, embedding) VALUES ($1, $2)", "mine", "[5,5,5]"); err != nil {
			return err
		}
		var name string
		if err := tx.QueryRow(ctx, "SELECT name FROM items ORDER BY embedding <-> $1 LIMIT 1", "[5,5,5]").Scan(&name); err != nil || name != "mine" {
			t.Errorf("own uncommitted row: %q, %v", name, err)
		}
		if err := other.QueryRow(ctx, "SELECT name FROM items ORDER BY embedding <-> $1 LIMIT 1", "[5,5,5]").Scan(&name); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("another session sees an uncommitted row: %q, %v", name, err)
		}
		// A nested transaction is a savepoint.
		inner := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO items (name) VALUES ('mine')")
			return err
		})
		wantCode(t, inner, pgerrcode.UniqueViolation)
		_, err := tx.Exec(ctx, "INSERT INTO items (name) VALUES ('after savepoint')")
		must(t, err)
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("transaction ends with %v", err)
	}
	var n int
	must(t, conn.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n))
	if n != 0 {
		t.Errorf("%d rows after rollback", n)
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	must(t, err)
	must(t, tx.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n))
	mustExec(t, other, "INSERT INTO items (name) VALUES ('theirs')")
	must(t, tx.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n))
	if n != 0 {
		t.Error("a repeatable read sees what was committed after it began")
	}
	_, err = tx.Exec(ctx, "SELECT * FROM missing")
	wantCode(t, err, pgerrcode.UndefinedTable)
	_, err = tx.Exec(ctx, "SELECT 1")
	wantCode(t, err, pgerrcode.InFailedSQLTransaction)
	if err := tx.Commit(ctx); !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("commit of a failed transaction: %v", err)
	}
}

// TestPgxWaits checks that writers of one row wait for each other, that deadlocks are found, and that waits can be limited.
func TestPgxWaits(t *testing.T) {
	s := harness.StartVecgres(t)
	a, b := s.Conn(), s.Conn()
	ctx := deadline(t)
	mustExec(t, a, "CREATE TABLE acc (id int PRIMARY KEY, n int)")
	mustExec(t, a, "INSERT INTO acc VALUES (1, 0), (2, 0)")
	mustExec(t, a, "BEGIN")
	mustExec(t, a, "UPDATE acc SET n = n + 1 WHERE id = 1")
	mustExec(t, b, "SET lock_timeout = '100ms'")
	_, err := b.Exec(ctx, "UPDATE acc SET n = n + 1 WHERE id = 1")
	wantCode(t, err, pgerrcode.LockNotAvailable)
	mustExec(t, b, "SET lock_timeout = 0")
	done := make(chan error, 1)
	go func() {
		_, err := b.Exec(ctx, "UPDATE acc SET n = n + 10 WHERE id = 1")
		done <- err
	}()
	harness.UntilBlocked(t, s.Conn(), b)
	mustExec(t, a, "COMMIT")
	must(t, <-done)
	var n int
	must(t, a.QueryRow(ctx, "SELECT n FROM acc WHERE id = 1").Scan(&n))
	if n != 11 {
		t.Errorf("n is %d after both updates, want 11", n)
	}
	mustExec(t, a, "BEGIN")
	mustExec(t, b, "BEGIN")
	mustExec(t, a, "UPDATE acc SET n = 0 WHERE id = 1")
	mustExec(t, b, "UPDATE acc SET n = 0 WHERE id = 2")
	go func() {
		_, err := a.Exec(ctx, "UPDATE acc SET n = 0 WHERE id = 2")
		done <- err
	}()
	harness.UntilBlocked(t, s.Conn(), a)
	_, errB := b.Exec(ctx, "UPDATE acc SET n = 0 WHERE id = 1")
	if errB != nil {
		mustExec(t, b, "ROLLBACK")
	}
	errA := <-done
	if (codeOf(errA) == pgerrcode.DeadlockDetected) == (codeOf(errB) == pgerrcode.DeadlockDetected) {
		t.Errorf("of two that wait for each other one must fail with 40P01: %v and %v", errA, errB)
	}
}

func TestPgxPool(t *testing.T) {
	s := harness.StartVecgres(t)
	mustExec(t, s.Conn(), itemsTable)
	config, err := pgxpool.ParseConfig(s.URL("postgres", "pool_max_conns", "8"))
	must(t, err)
	config.AfterConnect = registerVector
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	must(t, err)
	defer pool.Close()
	ctx := deadline(t)
	const workers, each = 8, 25
	var wg sync.WaitGroup
	errs := make(chan error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				v := vector{float32(w), float32(i), 0}
				if _, err := pool.Exec(ctx, "INSERT INTO items (name, embedding) VALUES ($1, $2)", fmt.Sprintf("%d-%d", w, i), v); err != nil {
					errs <- err
					return
				}
				var name string
				if err := pool.QueryRow(ctx, "SELECT name FROM items ORDER BY embedding <-> $1 LIMIT 1", v).Scan(&name); err != nil {
					errs <- err
					return
				} else if want := fmt.Sprintf("%d-%d", w, i); name != want {
					errs <- fmt.Errorf("own row not found: %s, want %s", name, want)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	var n int
	must(t, pool.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n))
	if n != workers*each {
		t.Errorf("%d rows, want %d", n, workers*each)
	}
}

// TestPgxCancel checks statement_timeout, and a cancel request on a connection of its own.
func TestPgxCancel(t *testing.T) {
	s := harness.StartVecgres(t)
	conn, other := s.Conn(), s.Conn()
	ctx := deadline(t)
	const slow = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
	mustExec(t, conn, "SET statement_timeout = '1s'") // which RESET must not need
	_, err := conn.Exec(ctx, slow)
	wantCode(t, err, pgerrcode.QueryCanceled)
	mustExec(t, conn, "RESET statement_timeout")
	for _, sql := range []string{slow, "SELECT pg_sleep(60)"} {
		ended := make(chan error, 1)
		go func() {
			_, err := conn.Exec(ctx, sql)
			ended <- err
		}()
		harness.UntilActive(t, other, conn, sql)
		must(t, conn.PgConn().CancelRequest(ctx))
		wantCode(t, <-ended, pgerrcode.QueryCanceled)
	}
	// The session goes on after a cancel.
	var one int
	must(t, conn.QueryRow(ctx, "SELECT 1").Scan(&one))
	// A context that ends closes the connection; the server stops the query.
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := conn.Exec(short, slow); err == nil {
		t.Error("a query outlived its context")
	}
	must(t, s.Conn().Ping(ctx))
}

// TestPgxErrors reads the fields of errors that applications look at.
func TestPgxErrors(t *testing.T) {
	conn := harness.StartVecgres(t).Conn()
	ctx := deadline(t)
	mustExec(t, conn, "CREATE TABLE e (id int PRIMARY KEY, n int NOT NULL CONSTRAINT small CHECK (n < 10))")
	mustExec(t, conn, "INSERT INTO e VALUES (1, 1)")
	for _, c := range []struct {
		sql  string
		want pgconn.PgError
	}{
		{"INSERT INTO e VALUES (1, 1)", pgconn.PgError{Code: "23505", Detail: "Key (id)=(1) already exists.", SchemaName: "public", TableName: "e", ConstraintName: "e_pkey"}},
		{"INSERT INTO e VALUES (2, NULL)", pgconn.PgError{Code: "23502", Detail: "Failing row contains (2, null).", SchemaName: "public", TableName: "e", ColumnName: "n"}},
		{"INSERT INTO e VALUES (2, 20)", pgconn.PgError{Code: "23514", Detail: "Failing row contains (2, 20).", SchemaName: "public", TableName: "e", ConstraintName: "small"}},
		{"SELECT nosuch FROM e", pgconn.PgError{Code: "42703", Position: 8}},
		{"SELECT é, nosuch FROM e", pgconn.PgError{Code: "42703", Position: 8}},
		{"SELECT 'é', nosuch FROM e", pgconn.PgError{Code: "42703", Position: 13}},
		{"SELEC 1", pgconn.PgError{Code: "42601", Position: 1}},
	} {
		_, err := conn.Exec(ctx, c.sql)
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		got := pgconn.PgError{Code: e.Code, Detail: e.Detail, SchemaName: e.SchemaName, TableName: e.TableName, ColumnName: e.ColumnName, ConstraintName: e.ConstraintName, Position: e.Position}
		if got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.sql, got, c.want)
		}
		if e.Severity != "ERROR" || e.SeverityUnlocalized != "ERROR" || e.Message == "" {
			t.Errorf("%s: severity %q %q, message %q", c.sql, e.Severity, e.SeverityUnlocalized, e.Message)
		}
	}
	for name, want := range map[string]string{"server_encoding": "UTF8", "client_encoding": "UTF8", "standard_conforming_strings": "on", "integer_datetimes": "on", "is_superuser": "on", "session_authorization": "postgres"} {
		if got := conn.PgConn().ParameterStatus(name); got != want {
			t.Errorf("parameter %s is %q, want %q", name, got, want)
		}
	}
	if v := conn.PgConn().ParameterStatus("server_version"); len(v) < 4 || v[:3] != "16." {
		t.Errorf("server_version is %q", v)
	}
}

// TestPgxRowLimits reads a result in portions, through a portal that is suspended.
func TestPgxRowLimits(t *testing.T) {
	conn := harness.StartVecgres(t).Conn()
	ctx := deadline(t)
	mustExec(t, conn, "BEGIN")
	mustExec(t, conn, "DECLARE c CURSOR FOR SELECT g FROM generate_series(1, 10) g")
	total := 0
	for {
		rows, err := conn.Query(ctx, "FETCH 4 FROM c")
		must(t, err)
		numbers, err := pgx.CollectRows(rows, pgx.RowTo[int32])
		must(t, err)
		if len(numbers) == 0 {
			break
		}
		total += len(numbers)
	}
	mustExec(t, conn, "COMMIT")
	if total != 10 {
		t.Errorf("a cursor gave %d rows", total)
	}
}
