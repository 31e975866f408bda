package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"vecgres/vecengine/distance"
)

const (
	k       = 10
	clients = 2
)

// kind is a kind of query: its condition in SQL, and the same in Go for the exact answer.
type kind struct {
	name   string
	where  string
	args   func(t *tenant, q *item, rng *rand.Rand) []any
	passes func(it *item, args []any) bool
}

var kinds = []kind{
	{"no filter", "", func(*tenant, *item, *rand.Rand) []any { return nil }, func(*item, []any) bool { return true }},
	{"label = n", "WHERE label = $2", func(_ *tenant, q *item, _ *rand.Rand) []any { return []any{q.label} },
		func(it *item, args []any) bool { return it.label == args[0].(int32) }},
	{"pixel_sum range, 1 %", "WHERE pixel_sum BETWEEN $2 AND $3", onePercent,
		func(it *item, args []any) bool { return it.pixelSum >= args[0].(int32) && it.pixelSum <= args[1].(int32) }},
}

// onePercent is a range of pixel sums that one row in a hundred is in.
func onePercent(t *tenant, _ *item, rng *rand.Rand) []any {
	width := len(t.sums) / 100
	at := rng.IntN(len(t.sums) - width)
	return []any{t.sums[at], t.sums[at+width-1]}
}

// result of one query: distances, and what it took.
type result struct {
	recall float64
	took   time.Duration
}

// search runs every test image against the tenant of its parity, as each kind of query.
func search(ctx context.Context, url string, d *dataset) error {
	step("%d test images as top-%d queries over prepared statements, %d clients", len(d.test), k, clients)
	for _, kd := range kinds {
		results, seconds, err := runKind(ctx, url, d, kd)
		if err != nil {
			return fmt.Errorf("%s: %w", kd.name, err)
		}
		recall := 0.0
		took := make([]time.Duration, len(results))
		for i, r := range results {
			recall += r.recall / float64(len(results))
			took[i] = r.took
		}
		slices.Sort(took)
		say("%-22s recall@10 %.4f   %6.0f queries/s   p50 %.2f ms   p99 %.2f ms", kd.name, recall, float64(len(results))/seconds,
			ms(took[len(took)/2]), ms(took[len(took)*99/100]))
		if recall < recallLeast {
			return fmt.Errorf("%s: recall@10 is %.4f, below %.2f", kd.name, recall, recallLeast)
		}
	}
	say("every query gave %d rows, none of them another tenant's", k)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// runKind runs all queries of a kind; exact answers are found apart from the clock.
func runKind(ctx context.Context, url string, d *dataset, kd kind) ([]result, float64, error) {
	args := make([][]any, len(d.test))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range d.test {
		args[i] = kd.args(&d.tenants[owner(int64(i))], &d.test[i], rng)
	}
	results := make([]result, len(d.test))
	found := make([][]float64, len(d.test))
	began := time.Now()
	err := inParallel(clients, len(d.test), func(next func() (int, bool)) error {
		c, err := connect(ctx, url)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		if err := prepare(ctx, c, d, kd); err != nil {
			return err
		}
		for i, ok := next(); ok; i, ok = next() {
			start := time.Now()
			if found[i], err = query(ctx, c, owner(int64(i)), &d.test[i], args[i]); err != nil {
				return err
			}
			results[i].took = time.Since(start)
		}
		return nil
	})
	seconds := time.Since(began).Seconds()
	if err != nil {
		return nil, 0, err
	}
	err = inParallel(clients, len(d.test), func(next func() (int, bool)) error {
		for i, ok := next(); ok; i, ok = next() {
			results[i].recall = recallOf(found[i], farthest(&d.tenants[owner(int64(i))], &d.test[i], kd, args[i]))
		}
		return nil
	})
	return results, seconds, err
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

func prepare(ctx context.Context, c *pgx.Conn, d *dataset, kd kind) error {
	for i := range d.tenants {
		sql := fmt.Sprintf("SELECT id, embedding <-> $1 FROM %s.items %s ORDER BY embedding <-> $1 LIMIT %d", d.tenants[i].schema, kd.where, k)
		if _, err := c.Prepare(ctx, statementName(i), sql); err != nil {
			return err
		}
	}
	return nil
}

// query gives the distances found, nearest first, after checking that there are k rows and all are the tenant's.
func query(ctx context.Context, c *pgx.Conn, tenant int, q *item, args []any) ([]float64, error) {
	rows, err := c.Query(ctx, statementName(tenant), append([]any{vectorText(q.vector)}, args...)...)
	if err != nil {
		return nil, err
	}
	var distances []float64
	for rows.Next() {
		var id int64
		var dist float64
		if err := rows.Scan(&id, &dist); err != nil {
			return nil, err
		}
		if owner(id) != tenant {
			return nil, fmt.Errorf("tenant %d was shown row %d of another", tenant, id)
		}
		distances = append(distances, dist)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(distances) != k {
		return nil, fmt.Errorf("query %d gave %d rows, not %d", q.id, len(distances), k)
	}
	return distances, nil
}

func vectorText(v []float32) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, x := range v {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatFloat(float64(x), 'g', -1, 32))
	}
	b.WriteByte(']')
	return b.String()
}

// farthest is the distance of the k-th nearest item by an exact scan.
func farthest(t *tenant, q *item, kd kind, args []any) float64 {
	nearest := make([]float64, 0, k+1)
	for i := range t.items {
		it := &t.items[i]
		if !kd.passes(it, args) {
			continue
		}
		dist := float64(distance.Pair(distance.L2, q.vector, it.vector))
		if len(nearest) == k && dist >= nearest[k-1] {
			continue
		}
		at := sort.SearchFloat64s(nearest, dist)
		nearest = slices.Insert(nearest, at, dist)
		if len(nearest) > k {
			nearest = nearest[:k]
		}
	}
	return math.Sqrt(nearest[len(nearest)-1])
}

// recallOf is the share of distances that are no farther than the k-th exact one, to the rounding of a float32.
func recallOf(found []float64, limit float64) float64 {
	n := 0
	for _, dist := range found {
		if dist <= limit*(1+1e-6) {
			n++
		}
	}
	return float64(n) / k
}

// showPlan prints what the planner and the engine make of a filtered query.
func showPlan(ctx context.Context, url string, d *dataset) error {
	step("EXPLAIN ANALYZE of a filtered query")
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	rows, err := c.Query(ctx, "EXPLAIN ANALYZE SELECT id FROM shop$berlin.items WHERE label = $2 ORDER BY embedding <-> $1 LIMIT 10",
		pgx.QueryExecModeExec, vectorText(d.test[0].vector), d.test[0].label)
	if err != nil {
		return err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, l := range lines {
		say("%s", l)
	}
	return err
}

// oneAnswer is a query's answer as text.
func oneAnswer(ctx context.Context, url string, d *dataset) (string, error) {
	c, err := connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	rows, err := c.Query(ctx, "SELECT id FROM shop$berlin.items WHERE label = $2 ORDER BY embedding <-> $1 LIMIT 10", vectorText(d.test[0].vector), d.test[0].label)
	if err != nil {
		return "", err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return "", err
	}
	if len(ids) != k {
		return "", fmt.Errorf("%d rows, not %d", len(ids), k)
	}
	return fmt.Sprint(ids), nil
}
