package drivers

import (
	"database/sql"
	"errors"
	"testing"

	"vecgres/tests/internal/harness"

	"github.com/lib/pq"
)

func pqCode(err error) string {
	var e *pq.Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return ""
}

func openPq(t *testing.T, s *harness.Server, settings ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", s.URL("postgres", settings...))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, db.Ping())
	return db
}

func TestPq(t *testing.T) {
	for _, binary := range []string{"no", "yes"} {
		t.Run("binary_parameters="+binary, func(t *testing.T) { testPq(t, binary) })
	}
}

func testPq(t *testing.T, binary string) {
	db := openPq(t, harness.StartVecgres(t), "binary_parameters", binary)
	_, err := db.Exec(itemsTable) // several statements in one simple query
	must(t, err)
	var id int64
	must(t, db.QueryRow("INSERT INTO items (name, price, embedding) VALUES ($1, $2, $3) RETURNING id", "a", 1.25, "[1,2,3]").Scan(&id))
	if id != 1 {
		t.Errorf("id is %d", id)
	}
	insert, err := db.Prepare("INSERT INTO items (name, price, embedding) VALUES ($1, $2, $3)")
	must(t, err)
	for name, v := range map[string]vector{"b": {4, 5, 6}, "c": {7, 8, 9}} {
		result, err := insert.Exec(name, nil, v.String())
		must(t, err)
		if n, err := result.RowsAffected(); n != 1 || err != nil {
			t.Errorf("%d rows affected, %v", n, err)
		}
	}
	must(t, insert.Close())
	rows, err := db.Query("SELECT name, embedding FROM items WHERE name = ANY($1) ORDER BY embedding <-> $2 LIMIT $3", pq.Array([]string{"a", "c"}), "[7,8,9]", 5)
	must(t, err)
	var names string
	for rows.Next() {
		var name, text string
		must(t, rows.Scan(&name, &text))
		names += name + text
	}
	must(t, rows.Err())
	if names != "c[7,8,9]a[1,2,3]" {
		t.Errorf("nearest are %s", names)
	}
	var price sql.NullFloat64
	must(t, db.QueryRow("SELECT price FROM items WHERE name = $1", "b").Scan(&price))
	if price.Valid {
		t.Error("a null price came back as a number")
	}
	for query, code := range map[string]string{
		"INSERT INTO items (name) VALUES ('a')":                       "23505",
		"INSERT INTO items (price) VALUES (1)":                        "23502",
		"INSERT INTO items (name, embedding) VALUES ('d', '[1]')":     "22000",
		"SELECT * FROM missing":                                       "42P01",
		"SELECT nosuch FROM items":                                    "42703",
		"SELECT 1/0":                                                  "22012",
		"SELEC 1":                                                     "42601",
		"INSERT INTO items (name, price) VALUES ('big', 123456789)":   "22003",
		"SELECT * FROM items WHERE id = 'x'":                          "22P02",
		"SELECT embedding <-> '[1,2]' FROM items ORDER BY id LIMIT 1": "22000",
	} {
		if _, err := db.Exec(query); pqCode(err) != code {
			t.Errorf("%s: %v, want %s", query, err, code)
		}
	}
	if _, err := db.Exec("INSERT INTO items (name) VALUES ($1)", "a"); pqCode(err) != "23505" {
		t.Errorf("a duplicate by parameter: %v", err)
	}
}

func TestPqTransactionsAndCopy(t *testing.T) {
	db := openPq(t, harness.StartVecgres(t))
	_, err := db.Exec(itemsTable)
	must(t, err)
	tx, err := db.Begin()
	must(t, err)
	_, err = tx.Exec("INSERT INTO items (name) VALUES ($1)", "gone")
	must(t, err)
	must(t, tx.Rollback())
	tx, err = db.Begin()
	must(t, err)
	//lint:ignore SA1019 what most applications call
	copyIn, err := tx.Prepare(pq.CopyIn("items", "name", "price", "embedding"))
	must(t, err)
	for i := range 100 {
		_, err := copyIn.Exec(string(rune('A'+i%26))+string(rune('a'+i/26)), float64(i)/4, vector{float32(i), 1, 2}.String())
		must(t, err)
	}
	_, err = copyIn.Exec("tab\tand\\", nil, nil)
	must(t, err)
	_, err = copyIn.Exec()
	must(t, err)
	must(t, copyIn.Close())
	must(t, tx.Commit())
	var n int
	must(t, db.QueryRow("SELECT count(*) FROM items").Scan(&n))
	if n != 101 {
		t.Errorf("%d rows after COPY, want 101", n)
	}
	var name string
	must(t, db.QueryRow("SELECT name FROM items ORDER BY embedding <-> '[53,1,2]' LIMIT 1").Scan(&name))
	if name != "Bc" {
		t.Errorf("nearest is %q", name)
	}
	// A COPY that fails takes the transaction with it.
	tx, err = db.Begin()
	must(t, err)
	//lint:ignore SA1019 what most applications call
	copyIn, err = tx.Prepare(pq.CopyIn("items", "name", "price"))
	must(t, err)
	_, err = copyIn.Exec("z", "not a number")
	if err == nil {
		_, err = copyIn.Exec()
	}
	if pqCode(err) != "22P02" {
		t.Errorf("COPY of text into numeric: %v, want 22P02", err)
	}
	_ = copyIn.Close()
	must(t, tx.Rollback())
	must(t, db.QueryRow("SELECT count(*) FROM items").Scan(&n))
	if n != 101 {
		t.Errorf("%d rows after a failed COPY, want 101", n)
	}
}
