package exec_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// waiting runs a statement in a transaction that has to wait for another one's lock, and gives its outcome; it returns once the statement waits.
func (d *database) waiting(t *vecengine.Txn, sql string) <-chan string {
	p, err := d.plan(sql)
	if err != nil {
		d.tb.Fatal(err)
	}
	out := make(chan string, 1)
	go func() {
		t.Refresh()
		rows, n, err := d.runPlan(t, p)
		switch {
		case err != nil:
			out <- errorText(err)
		case rows == "":
			out <- strings.Repeat("row ", int(n))
		default:
			out <- rows
		}
	}()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if slices.ContainsFunc(d.engine.Locks(), func(l vecengine.LockInfo) bool { return !l.Granted }) {
			return out
		}
		if time.Now().After(end) {
			d.tb.Fatalf("%s does not wait", sql)
		}
	}
}

func (d *database) must(t *vecengine.Txn, sql string) {
	if _, _, err := d.run(t, sql); err != nil {
		d.tb.Fatalf("%s: %v", sql, err)
	}
}

func intDatum(v int64) types.Datum { return types.Int(v) }

func counters(t *testing.T) *database {
	d := newDatabase(t)
	if err := d.catalog.Exec("CREATE TABLE c (id int PRIMARY KEY, n int, v vector(2)); CREATE TABLE o (id int PRIMARY KEY, k int)"); err != nil {
		t.Fatal(err)
	}
	d.do("INSERT INTO c VALUES (1, 10, '[1,1]'), (2, 20, '[2,2]')")
	d.do("INSERT INTO o VALUES (1, 10), (2, 11)")
	return d
}

// TestReadCommittedRecheck has a second writer wait for the first, and then see what became of the row.
func TestReadCommittedRecheck(t *testing.T) {
	for _, c := range []struct{ name, first, second, want, after string }{
		{"lost update", "UPDATE c SET n = n + 1 WHERE id = 1", "UPDATE c SET n = n + 1 WHERE id = 1 RETURNING n", "12\n", "12 | [1,1]\n"},
		{"condition fails", "UPDATE c SET n = 99 WHERE id = 1", "UPDATE c SET n = 0 WHERE n = 10", "", "99 | [1,1]\n"},
		{"delete rechecked", "UPDATE c SET n = 99 WHERE id = 1", "DELETE FROM c WHERE n = 10", "", "99 | [1,1]\n"},
		{"deleted", "DELETE FROM c WHERE id = 1", "UPDATE c SET n = 5 WHERE id = 1", "", "0 rows\n"},
		{"vector kept", "UPDATE c SET v = '[7,7]' WHERE id = 1", "UPDATE c SET n = 5 WHERE id = 1 RETURNING n, v", "5 | [7,7]\n", "5 | [7,7]\n"},
		{"join rechecked", "UPDATE c SET n = 11 WHERE id = 1", "UPDATE c SET n = -c.n FROM o WHERE o.k = c.n RETURNING c.n, o.id", "", "11 | [1,1]\n"},
		{"locked row is the newest", "UPDATE c SET n = 11 WHERE id = 1", "SELECT n * 2 FROM c WHERE id = 1 FOR UPDATE", "22\n", "11 | [1,1]\n"},
		{"locked row rechecked", "UPDATE c SET n = 11 WHERE id = 1", "SELECT n FROM c WHERE n = 10 FOR UPDATE", "", "11 | [1,1]\n"},
		{"upsert on a new row", "INSERT INTO c VALUES (3, 3, NULL)", "INSERT INTO c VALUES (3, 4, NULL) ON CONFLICT (id) DO UPDATE SET n = c.n + excluded.n RETURNING n", "7\n", "10 | [1,1]\n"},
		{"upsert on a deleted row", "DELETE FROM c WHERE id = 1", "INSERT INTO c VALUES (1, 4, '[1,1]') ON CONFLICT (id) DO UPDATE SET n = -1 RETURNING n", "4\n", "4 | [1,1]\n"},
		{"duplicate after waiting", "INSERT INTO c VALUES (3, 3, NULL)", "INSERT INTO c VALUES (3, 4, NULL)",
			"error 23505: duplicate key value violates unique constraint \"c_pkey\"\ndetail: Key (id)=(3) already exists.\n", "10 | [1,1]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := counters(t)
			first, second := d.engine.Begin(vecengine.ReadCommitted), d.engine.Begin(vecengine.ReadCommitted)
			defer first.Rollback()
			defer second.Rollback()
			d.must(first, c.first)
			out := d.waiting(second, c.second)
			if err := first.Commit(context.Background()); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-out:
				if got != c.want {
					t.Errorf("the second statement gave %q, want %q", got, c.want)
				}
			case <-time.After(time.Minute):
				t.Fatal("the second statement still waits")
			}
			if err := second.Commit(context.Background()); err != nil && !strings.HasPrefix(c.want, "error") {
				t.Fatal(err)
			}
			if got := d.do("SELECT n, v FROM c WHERE id = 1"); got != c.after {
				t.Errorf("the row is %q, want %q", got, c.after)
			}
		})
	}
}

func TestRepeatableReadConflict(t *testing.T) {
	d := counters(t)
	second := d.engine.Begin(vecengine.RepeatableRead)
	defer second.Rollback()
	d.must(second, "SELECT * FROM c")
	if f, ok := any(second).(interface{ Fix() }); ok {
		f.Fix() // the snapshot stays from now on
	}
	d.do("UPDATE c SET n = 11 WHERE id = 1")
	if _, _, err := d.run(second, "UPDATE c SET n = 12 WHERE id = 1"); pgerr.Code(err) != "40001" {
		t.Errorf("got %v", err)
	}
}

func TestSkipLockedAndNoWait(t *testing.T) {
	d := counters(t)
	first, second := d.engine.Begin(vecengine.ReadCommitted), d.engine.Begin(vecengine.ReadCommitted)
	defer first.Rollback()
	defer second.Rollback()
	d.must(first, "SELECT * FROM c ORDER BY id LIMIT 1 FOR UPDATE")
	if out, _, err := d.run(second, "SELECT id FROM c ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"); out != "2\n" {
		t.Errorf("SKIP LOCKED gave %q, %v", out, err)
	}
	if _, _, err := d.run(second, "SELECT id FROM c WHERE id = 1 FOR UPDATE NOWAIT"); pgerr.Code(err) != "55P03" {
		t.Errorf("NOWAIT gave %v", err)
	}
}

// TestOwnWrites has a transaction search the vectors that it wrote itself.
func TestOwnWrites(t *testing.T) {
	d := counters(t)
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	d.must(tx, "INSERT INTO c VALUES (5, 5, '[9,9]')")
	d.must(tx, "UPDATE c SET v = '[8,8]' WHERE id = 2")
	d.must(tx, "DELETE FROM c WHERE id = 1")
	out, _, err := d.run(tx, "SELECT id FROM c ORDER BY v <-> '[9,9]' LIMIT 5")
	if out != "5\n2\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}
