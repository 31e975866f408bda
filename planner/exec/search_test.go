package exec_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"vecgres/planner/exec"
	"vecgres/planner/plan"
	"vecgres/sql/pgerr"
	"vecgres/vecengine"
)

// TestSearchAgainstScan compares searches with what a scan and a sort give: ORDER BY distance, id over a subquery with OFFSET 0, through which no
// order is handed down. Graphs are not built here, so every search is exact. Cosine distances are left out: the engine compares them in
// fewer digits than SQL shows.
func TestSearchAgainstScan(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newDatabase(t)
	err := d.catalog.Exec(`CREATE TABLE t (id bigint PRIMARY KEY, label int, name text, price numeric, embedding vector(3));
		CREATE TABLE u (id int PRIMARY KEY, label int);
		CREATE INDEX ON t USING hnsw (embedding vector_l2_ops); CREATE INDEX ON t (label)`)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for i := range 300 {
		v := fmt.Sprintf("'[%d,%d,%d]'", r.IntN(5), r.IntN(5), 1+r.IntN(5))
		if r.IntN(10) == 0 {
			v = "NULL"
		}
		values = append(values, fmt.Sprintf("(%d, %d, 'n%d', %d.5, %s)", i, r.IntN(10), i%7, i%20, v))
	}
	d.do("INSERT INTO t VALUES " + strings.Join(values, ", "))
	d.do("INSERT INTO u SELECT g, g % 10 FROM generate_series(1, 15) g")
	conds := []string{"true", "label = 3", "label IN (1, 2)", "label < 4 AND name = 'n1'", "price > 10", "price < 3.5 AND label <> 2", "name LIKE 'n%'",
		"length(name) = 2 AND label = 5", "label IS NULL", "embedding IS NOT NULL", "embedding IS NULL", "id IN (SELECT id FROM u)",
		"EXISTS (SELECT 1 FROM u WHERE u.label = t.label AND u.id > 8)", "label = (SELECT max(label) FROM u) - 2", "id % 50 = 1"}
	for range 400 {
		op := []string{"<->", "<#>", "<+>"}[r.IntN(3)]
		dist := fmt.Sprintf("embedding %s '[%d,%d,1]'", op, r.IntN(5), r.IntN(5))
		cond := conds[r.IntN(len(conds))]
		if r.IntN(3) == 0 {
			cond += fmt.Sprintf(" AND %s <= %d", dist, r.IntN(6)-1)
		}
		tail := fmt.Sprintf("LIMIT %d OFFSET %d", 1+r.IntN(20), r.IntN(3)*r.IntN(5))
		search := fmt.Sprintf("SELECT id, %s AS d FROM t WHERE %s ORDER BY %s, id %s", dist, cond, dist, tail)
		scan := fmt.Sprintf("SELECT id, d FROM (SELECT id, %s AS d FROM t WHERE %s OFFSET 0) s ORDER BY d, id %s", dist, cond, tail)
		if got, want := d.do(search), d.do(scan); got != want {
			t.Fatalf("seed %d: %s\ngave\n%swant\n%s", seed, search, got, want)
		}
	}
}

// TestExactSearchesAgainstScan has conditions that the engine cannot judge decide what a graph's walk may give, so that some walks give up. Whatever a
// search was, it gives as many rows as there are; and one that was exact gives the nearest.
func TestExactSearchesAgainstScan(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newDatabaseWith(t, vecengine.Options{ExactBelow: 100})
	if err := d.catalog.Exec(`CREATE TABLE t (id bigint PRIMARY KEY, t text, n int, e vector(8)); CREATE INDEX ON t USING hnsw (e vector_cosine_ops)`); err != nil {
		t.Fatal(err)
	}
	vector := func() string {
		v := make([]string, 8)
		for i := range v {
			v[i] = fmt.Sprintf("%.3f", r.NormFloat64())
		}
		return "[" + strings.Join(v, ",") + "]"
	}
	insert := func(from, n int) {
		var values []string
		for i := from; i < from+n; i++ {
			text, e := []string{"'b'", "'c'", "NULL"}[r.IntN(3)], "'"+vector()+"'"
			if r.IntN(100) > 2 {
				text = "'a'"
			}
			if r.IntN(50) == 0 {
				e = "NULL"
			}
			values = append(values, fmt.Sprintf("(%d, %s, %d, %s)", i, text, r.IntN(100), e))
		}
		if out := d.do("INSERT INTO t VALUES " + strings.Join(values, ", ")); strings.HasPrefix(out, "error") {
			t.Fatal(out)
		}
	}
	const rows = 4000
	insert(0, rows)
	if err := d.engine.Maintain(t.Context(), vecengine.TableID(d.next)); err != nil {
		t.Fatal(err)
	}
	d.do("DELETE FROM t WHERE id % 7 = 3")
	insert(rows, 100)
	conds := []string{"t IS DISTINCT FROM 'a'", "t IS NOT DISTINCT FROM 'a'", "t IS NOT DISTINCT FROM NULL", "t IS DISTINCT FROM NULL", "t IS DISTINCT FROM 'a' AND n < 50",
		"t IS DISTINCT FROM 'b' AND n <> 3", "t <> 'a'", "coalesce(t, 'a') <> 'a'", "n % 50 = 1", "t IS NULL"}
	exact, approximate, fellBack := 0, 0, 0
	for range 200 {
		dist := "e <=> '" + vector() + "'"
		cond := conds[r.IntN(len(conds))]
		search := fmt.Sprintf("SELECT %s FROM t WHERE %s ORDER BY %s LIMIT 10", dist, cond, dist)
		scan := fmt.Sprintf("SELECT d FROM (SELECT %s AS d FROM t WHERE %s OFFSET 0) s ORDER BY d LIMIT 10", dist, cond)
		got, actual := d.analyze(search)
		want := d.do(scan)
		if strings.Count(got, "\n") != strings.Count(want, "\n") || !actual.Approximate && !sameDistances(got, want) {
			t.Fatalf("seed %d: %s\n%+v\ngave\n%swant\n%s", seed, search, actual, got, want)
		}
		switch {
		case actual.Approximate:
			approximate++
		case actual.FellBack:
			fellBack++
		default:
			exact++
		}
	}
	t.Logf("%d approximate, %d exact, %d fell back", approximate, exact, fellBack)
}

// sameDistances compares lines of numbers, of which the engine has fewer digits than SQL shows.
func sameDistances(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	for i := range x {
		p, errP := strconv.ParseFloat(x[i], 64)
		q, errQ := strconv.ParseFloat(y[i], 64)
		if (errP == nil) != (errQ == nil) || math.Abs(p-q) > 1e-6 {
			return false
		}
	}
	return true
}

// analyze runs a query, and tells what its vector scan did.
func (d *database) analyze(sql string) (string, plan.SearchActual) {
	p, err := d.plan(sql)
	if err != nil {
		d.tb.Fatal(err)
	}
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	x := d.context(tx)
	defer x.View.Close()
	x.Analysis = plan.NewAnalysis(true)
	rows, err := exec.Run(x, p)
	if err != nil {
		d.tb.Fatal(err)
	}
	defer rows.Close()
	var out strings.Builder
	for {
		row, ok, err := rows.Next()
		if err != nil {
			d.tb.Fatal(err)
		}
		if !ok {
			break
		}
		out.WriteString(rowText(x.Funcs.Env, p.Out, row) + "\n")
	}
	var actual plan.SearchActual
	plan.Walk(p.Root, func(n plan.Node) {
		if v, ok := n.(*plan.VectorScan); ok {
			actual = x.Analysis.Of(v).Search
		}
	})
	return out.String(), actual
}

// TestStreamingJoin has the rows nearest to a vector drive a join until enough of them match.
func TestStreamingJoin(t *testing.T) {
	d := newDatabase(t)
	if err := d.catalog.Exec("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2)); CREATE TABLE u (t_id int PRIMARY KEY, v text); CREATE INDEX ON t USING hnsw (embedding vector_l2_ops)"); err != nil {
		t.Fatal(err)
	}
	d.do("INSERT INTO t SELECT g, ('[' || g || ',0]')::vector FROM generate_series(1, 1000) g")
	d.do("INSERT INTO u SELECT g * 100, 'x' || g FROM generate_series(1, 10) g")
	// The keys of u become a condition of the search where they are compared with a column; else the search goes on until four rows match.
	for cond, stream := range map[string]bool{"t_id = t.id": false, "t_id = t.id + 0": true} {
		sql := "SELECT t.id, v FROM t JOIN u ON " + cond + " ORDER BY embedding <-> '[0,0]' LIMIT 4"
		p, err := d.plan(sql)
		if err != nil {
			t.Fatal(err)
		}
		searches := 0
		plan.Walk(p.Root, func(n plan.Node) {
			if v, ok := n.(*plan.VectorScan); ok && v.Stream == stream {
				searches++
			}
		})
		if searches != 1 {
			t.Errorf("the search does not drive the join:\n%s", strings.Join(plan.Format(p, plan.FormatOptions{}), "\n"))
		}
		if got := d.do(sql); got != "100 | x1\n200 | x2\n300 | x3\n400 | x4\n" {
			t.Errorf("%s gave %q", sql, got)
		}
	}
}

// TestAnalyze looks at what EXPLAIN ANALYZE tells of a search, in both formats.
func TestAnalyze(t *testing.T) {
	d := counters(t)
	p, err := d.plan("SELECT id FROM c WHERE n < 100 ORDER BY v <-> '[1,1]' LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	x := d.context(tx)
	defer x.View.Close()
	x.Analysis = plan.NewAnalysis(true)
	rows, err := exec.Run(x, p)
	if err != nil {
		t.Fatal(err)
	}
	for ok := true; ok; {
		if _, ok, err = rows.Next(); err != nil {
			t.Fatal(err)
		}
	}
	rows.Close()
	x.Analysis.ExecutionTime = time.Millisecond
	text := strings.Join(plan.Format(p, plan.FormatOptions{Analysis: x.Analysis}), "\n")
	for _, want := range []string{"Vector Scan on c", "Order By: (v <-> '[1,1]'::vector)", "Filter: (n < 100)", "Search: exact", "Strategy:", "Distances Computed:",
		"rows=1 loops=1)", "Execution Time: 1.000 ms", "Vector Index Not Used: there is no index on the column"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	json := strings.Join(plan.Format(p, plan.FormatOptions{Analysis: x.Analysis, Style: plan.JSON}), "\n")
	for _, want := range []string{`"Node Type": "Vector Scan"`, `"Relation Name": "c"`, `"Actual Rows": 1`} {
		if !strings.Contains(json, want) {
			t.Errorf("%q is missing in\n%s", want, json)
		}
	}
}

// TestRecall has EXPLAIN (ANALYZE, RECALL) check searches, one of a stream and one for each row of a join among them, in every format.
func TestRecall(t *testing.T) {
	d := newDatabase(t)
	if err := d.catalog.Exec("CREATE TABLE t (a int, b text, e vector(2), PRIMARY KEY (a, b)); CREATE INDEX ON t USING hnsw (e vector_l2_ops)"); err != nil {
		t.Fatal(err)
	}
	d.do("INSERT INTO t SELECT g, 'b' || g, ('[' || g || ',0]')::vector FROM generate_series(1, 500) g")
	d.do("INSERT INTO t VALUES (501, 'null', NULL)")
	for sql, want := range map[string]string{
		"SELECT a FROM t WHERE a > 3 ORDER BY e <-> '[0,0]' LIMIT 10":                                               "Recall: 1.00 (10 of 10)",
		"SELECT a FROM t WHERE a % 100 = 0 ORDER BY e <-> '[0,0]' LIMIT 10":                                         "Recall: 1.00 (5 of 5)",
		"SELECT a FROM t WHERE e <-> '[0,0]' < 4 ORDER BY e <-> '[0,0]' LIMIT 10":                                   "Recall: 1.00 (3 of 3)",
		"SELECT a FROM t ORDER BY e <-> NULL LIMIT 10":                                                              "",
		"SELECT n.a FROM generate_series(1, 3) g, LATERAL (SELECT a FROM t ORDER BY e <-> '[7,7]', a, b LIMIT 2) n": "Recall: 1.00 (",
	} {
		lines := strings.Join(d.analyzed(t, sql, plan.Text), "\n")
		if want == "" && strings.Contains(lines, "Recall") || !strings.Contains(lines, want) {
			t.Errorf("%s: no %q in\n%s", sql, want, lines)
		}
	}
	for style, want := range map[plan.Style]string{plan.JSON: `"Rows Found": 10,`, plan.YAML: "    Rows Found: 10", plan.XML: "      <Rows-Found>10</Rows-Found>"} {
		lines := strings.Join(d.analyzed(t, "SELECT a FROM t ORDER BY e <-> '[0,0]' LIMIT 10", style), "\n")
		if !strings.Contains(lines, want) || !strings.Contains(lines, "Recall") {
			t.Errorf("no %q in\n%s", want, lines)
		}
	}
}

// TestSelectivity counts rows as they are, not the versions that updates and deletes have ended.
func TestSelectivity(t *testing.T) {
	d := newDatabase(t)
	if err := d.catalog.Exec("CREATE TABLE t (a int PRIMARY KEY, g int, e vector(2)); CREATE INDEX ON t USING hnsw (e vector_l2_ops)"); err != nil {
		t.Fatal(err)
	}
	d.do("INSERT INTO t SELECT i, i % 4, ARRAY[i, 0]::real[]::vector FROM generate_series(1, 400) i")
	d.do("UPDATE t SET g = 1 WHERE g = 1")
	d.do("UPDATE t SET g = 2 WHERE g = 3")
	d.do("DELETE FROM t WHERE g = 0")
	lines := strings.Join(d.analyzed(t, "SELECT a FROM t WHERE g = 1 ORDER BY e <-> '[0,0]' LIMIT 10", plan.Text), "\n")
	if want := "  Selectivity: 0.3333"; !strings.Contains(lines, want) {
		t.Errorf("no %q in\n%s", want, lines)
	}
}

// analyzed is EXPLAIN (ANALYZE, RECALL) of a statement.
func (d *database) analyzed(t *testing.T, sql string, style plan.Style) []string {
	t.Helper()
	p, err := d.plan(sql)
	if err != nil {
		t.Fatal(err)
	}
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	x := d.context(tx)
	defer x.View.Close()
	x.Analysis = plan.NewAnalysis(false)
	x.Analysis.Recall = true
	rows, err := exec.Run(x, p)
	for ok := err == nil; ok; {
		_, ok, err = rows.Next()
	}
	if err == nil {
		err = rows.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return plan.Format(p, plan.FormatOptions{Analysis: x.Analysis, Style: style, NoSummary: true})
}

// TestMemoryLimit has a sort fail clearly, and the program run again afterwards.
func TestMemoryLimit(t *testing.T) {
	d := newDatabase(t)
	for _, sql := range []string{
		"SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC",
		"SELECT DISTINCT g FROM generate_series(1, 100000) g",
		"SELECT g, count(*) FROM generate_series(1, 100000) g GROUP BY g",
		"SELECT a FROM generate_series(1, 3) a JOIN generate_series(1, 100000) b ON a = b",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
	} {
		p, err := d.plan(sql)
		if err != nil {
			t.Fatal(err)
		}
		tx := d.engine.Begin(vecengine.ReadCommitted)
		x := d.context(tx)
		x.MemLimit = 1 << 20
		rows, err := exec.Run(x, p)
		for ok := true; ok && err == nil; {
			_, ok, err = rows.Next()
		}
		if got := errorText(err); !strings.HasPrefix(got, "error 53200") {
			t.Errorf("%s: %s", sql, got)
		}
		x.View.Close()
		tx.Rollback()
	}
}

// TestMemoryBudget runs a statement while the server's memory is all but taken, and again when it is free; either way nothing stays reserved.
func TestMemoryBudget(t *testing.T) {
	d := newDatabase(t)
	p, err := d.plan("SELECT DISTINCT g FROM generate_series(1, 100000) g")
	if err != nil {
		t.Fatal(err)
	}
	m := d.engine.Memory()
	before := m.Used()
	for _, taken := range []bool{true, false} {
		held := int64(0)
		if taken {
			held = m.Limit() - m.Used() - 1<<20
		}
		if err := m.Reserve(held); err != nil {
			t.Fatal(err)
		}
		tx := d.engine.Begin(vecengine.ReadCommitted)
		x := d.context(tx)
		x.Memory = m
		rows, err := exec.Run(x, p)
		n := 0
		for ok := err == nil; ok; n++ {
			_, ok, err = rows.Next()
		}
		switch got := errorText(err); {
		case taken && (!strings.HasPrefix(got, "error 53200") || !strings.Contains(fmt.Sprint(pgerr.From(err).Detail), "memory limit")):
			t.Errorf("%s %s", got, pgerr.From(err).Detail)
		case !taken && (err != nil || n != 100001):
			t.Errorf("%d rows, %v", n-1, err)
		case !taken && m.Used() <= before:
			t.Error("the statement's memory was not counted")
		}
		if rows != nil {
			rows.Close()
		}
		x.View.Close()
		tx.Rollback()
		m.Release(held)
		if m.Used() != before {
			t.Errorf("%d bytes stay reserved", m.Used()-before)
		}
	}
}

// brokenMemory is a budget that panics when it is asked again.
type brokenMemory struct{ held int64 }

func (m *brokenMemory) Reserve(bytes int64) error {
	if m.held > 0 {
		panic("asked again")
	}
	m.held += bytes
	return nil
}

func (m *brokenMemory) Release(bytes int64) { m.held -= bytes }

// TestMemoryAfterPanic has a statement panic before there are Rows to close: what it had reserved is given back.
func TestMemoryAfterPanic(t *testing.T) {
	d := newDatabase(t)
	if err := d.catalog.Exec("CREATE TABLE numbers (n int)"); err != nil {
		t.Fatal(err)
	}
	p, err := d.plan("INSERT INTO numbers SELECT DISTINCT g FROM generate_series(1, 100000) g")
	if err != nil {
		t.Fatal(err)
	}
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	x := d.context(tx)
	defer x.View.Close()
	m := &brokenMemory{}
	x.Memory = m
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, err = exec.Run(x, p)
		t.Errorf("it ran: %v", err)
	}()
	if m.held != 0 {
		t.Errorf("%d bytes stay reserved", m.held)
	}
}

// TestSuspendedPortal stops reading, lets another statement of the same plan run, and goes on.
func TestSuspendedPortal(t *testing.T) {
	d := newDatabase(t)
	p, err := d.plan("SELECT g FROM generate_series(1, $1::int) g ORDER BY g")
	if err != nil {
		t.Fatal(err)
	}
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	x := d.context(tx, intDatum(2000))
	defer x.View.Close()
	rows, err := exec.Run(x, p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1500 {
		if row, ok, err := rows.Next(); !ok || err != nil || row[0].Int() != int64(i+1) {
			t.Fatalf("row %d: %v %v %v", i, row, ok, err)
		}
	}
	if out, _, err := d.runPlan(tx, p, intDatum(2)); out != "1\n2\n" || err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	n := 1500
	for {
		_, ok, err := rows.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		n++
	}
	if err := rows.Close(); err != nil || n != 2000 || rows.Affected() != 2000 {
		t.Errorf("%d rows, affected %d, %v", n, rows.Affected(), err)
	}
}

// TestCancel ends a statement that would run for long.
func TestCancel(t *testing.T) {
	d := newDatabase(t)
	p, err := d.plan("SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b")
	if err != nil {
		t.Fatal(err)
	}
	tx := d.engine.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	x := d.context(tx)
	defer x.View.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	x.Context, x.Funcs.Context = ctx, ctx
	done := make(chan error, 1)
	go func() {
		_, err := exec.Run(x, p)
		done <- err
	}()
	select {
	case err := <-done:
		if got := errorText(err); !strings.HasPrefix(got, "error 57014") && !strings.HasPrefix(got, "error 53200") {
			t.Error(got)
		}
	case <-time.After(time.Minute):
		t.Fatal("the statement does not end")
	}
}
