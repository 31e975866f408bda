package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	k       = 10
	clients = 2
)

// hit is a row of an answer.
type hit struct {
	id       int64
	distance float64
}

// search asks every question as each kind of query and prints what came of it.
func search(ctx context.Context, url string, d *dataset, qs []question, exact exactAnswers) error {
	step("Search: each of %s test images for its %d nearest, over prepared statements, %d clients at a time", number(len(qs)), k, clients)
	t := newTable("", "rows that pass", "rows/answer", "recall@10", "queries/s", "p50 ms", "p99 ms")
	answers := make([][][]hit, len(kinds))
	for kind := range kinds {
		var took []time.Duration
		began := time.Now()
		var err error
		if answers[kind], took, err = ask(ctx, url, d, qs, kind); err != nil {
			return fmt.Errorf("%s: %w", kinds[kind].name, err)
		}
		all := time.Since(began)
		recall := 0.0
		for i, hits := range answers[kind] {
			r, err := judge(d, &qs[i], kind, hits, exact[i][kind])
			if err != nil {
				return fmt.Errorf("%s, test image %d: %w", kinds[kind].name, i, err)
			}
			recall += r / float64(len(qs))
		}
		slices.Sort(took)
		t.row(kinds[kind].name, shareThatPasses(d, qs, kind), strconv.Itoa(k), fmt.Sprintf("%.4f", recall),
			number(int(float64(len(qs))/all.Seconds())), milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100]))
		if recall < recallLeast {
			return fmt.Errorf("%s: recall@10 is %.4f, below %.2f", kinds[kind].name, recall, recallLeast)
		}
	}
	say("Each row was checked: it is the tenant's own, meets the condition, comes once, in order, and its distance is right.")
	compareFilters(qs, d, answers)
	return nil
}

// compareFilters tells what had been left if the answers without a filter had been filtered afterwards.
func compareFilters(qs []question, d *dataset, answers [][][]hit) {
	step("Why filters belong inside the search: rows in an answer of %d", k)
	t := newTable("", "vecgres", "if filtered afterwards", "answers left with none")
	for kind := byLabel; kind < len(kinds); kind++ {
		left, empty := 0, 0
		for i, hits := range answers[noFilter] {
			n := 0
			for _, h := range hits {
				if qs[i].passes(kind, d.item(qs[i].tenant, h.id)) {
					n++
				}
			}
			left += n
			if n == 0 {
				empty++
			}
		}
		t.row(kinds[kind].name, fmt.Sprintf("%.1f", float64(k)), fmt.Sprintf("%.1f", float64(left)/float64(len(qs))),
			fmt.Sprintf("%.0f %%", 100*float64(empty)/float64(len(qs))))
	}
}

// shareThatPasses is the mean number of rows in a question's scope, from every hundredth question.
func shareThatPasses(d *dataset, qs []question, kind int) string {
	passing, asked, rows := 0, 0, 0
	for i := 0; i < len(qs); i += 101 { // odd, so that both tenants are asked
		items := d.tenants[qs[i].tenant].items
		for j := range items {
			if qs[i].passes(kind, &items[j]) {
				passing++
			}
		}
		rows += len(items)
		asked++
	}
	return fmt.Sprintf("%s (%.0f %%)", number(passing/asked), 100*float64(passing)/float64(rows))
}

// ask gives the answers of one kind of query, and how long each took.
func ask(ctx context.Context, url string, d *dataset, qs []question, kind int) ([][]hit, []time.Duration, error) {
	answers, took := make([][]hit, len(qs)), make([]time.Duration, len(qs))
	err := inParallel(clients, len(qs), func(next func() (int, bool)) error {
		c, err := pgconn.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer c.Close(context.WithoutCancel(ctx))
		if err := prepare(ctx, c, d, kind); err != nil {
			return err
		}
		for i, ok := next(); ok; i, ok = next() {
			began := time.Now()
			if answers[i], err = query(ctx, c, qs[i].tenant, qs[i].parameters(kind)); err != nil {
				return err
			}
			took[i] = time.Since(began)
		}
		return nil
	})
	return answers, took, err
}

// inParallel runs work in some goroutines, which draw the numbers below n.
func inParallel(workers, n int, work func(next func() (int, bool)) error) error {
	var at atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			errs[w] = work(func() (int, bool) {
				i := int(at.Add(1)) - 1
				return i, i < n
			})
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func statementName(tenant int) string { return "search_" + strconv.Itoa(tenant) }

// prepare makes a statement for each tenant.
func prepare(ctx context.Context, c *pgconn.PgConn, d *dataset, kind int) error {
	for i := range d.tenants {
		sql := fmt.Sprintf("SELECT id, embedding <-> $1 FROM %s.items %s ORDER BY embedding <-> $1 LIMIT %d", d.tenants[i].schema, kinds[kind].where, k)
		if _, err := c.Prepare(ctx, statementName(i), sql, nil); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// binaryFormat is the format code of parameters and results.
var binaryFormat = []int16{1}

// query runs a tenant's prepared statement.
func query(ctx context.Context, c *pgconn.PgConn, tenant int, parameters [][]byte) ([]hit, error) {
	r := c.ExecPrepared(ctx, statementName(tenant), parameters, binaryFormat, binaryFormat).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	hits := make([]hit, len(r.Rows))
	for i, row := range r.Rows {
		if len(row) != 2 || len(row[0]) != 8 || len(row[1]) != 8 {
			return nil, fmt.Errorf("row %d is not an int8 and a float8", i)
		}
		hits[i] = hit{int64(binary.BigEndian.Uint64(row[0])), math.Float64frombits(binary.BigEndian.Uint64(row[1]))}
	}
	return hits, nil
}

// judge checks an answer and gives its recall: the share of rows no farther than the exact k-th nearest.
func judge(d *dataset, q *question, kind int, hits []hit, kth int64) (float64, error) {
	if len(hits) != k {
		return 0, fmt.Errorf("%d rows, not %d", len(hits), k)
	}
	near := 0
	for i, h := range hits {
		it := d.item(q.tenant, h.id)
		switch {
		case it == nil:
			return 0, fmt.Errorf("row %d is not a row of %s", h.id, d.tenants[q.tenant].schema)
		case !q.passes(kind, it):
			return 0, fmt.Errorf("row %d does not meet the condition", h.id)
		case slices.ContainsFunc(hits[:i], func(e hit) bool { return e.id == h.id }):
			return 0, fmt.Errorf("row %d comes twice", h.id)
		case i > 0 && h.distance < hits[i-1].distance:
			return 0, fmt.Errorf("row %d at %g comes after one at %g", h.id, h.distance, hits[i-1].distance)
		}
		exact := squared(q.image, it.image)
		if right := math.Sqrt(float64(exact)); math.Abs(h.distance-right) > 1e-6*right {
			return 0, fmt.Errorf("row %d is said to be at %g and is at %g", h.id, h.distance, right)
		}
		if exact <= kth {
			near++
		}
	}
	return float64(near) / k, nil
}

// vectorText is a vector as SQL writes it.
func vectorText(v []float32) string {
	parts := make([]string, len(v))
	for i, x := range v {
		parts[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
	}
	return "[" + strings.Join(parts, ",") + "]"
}
