// Package crash kills the real server with SIGKILL under load, again and again on one data directory, and checks after each restart that what was
// acknowledged is there, that no transaction is half there, and that `vecgres verify` finds no fault.
//
// Each writer owns rows that nobody else writes, and has at most one transaction under way when the server dies: its rows must then be as they
// were acknowledged, or as that one transaction left them, whole.
package crash

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vecgres/tests/internal/harness"
)

var (
	rounds = flag.Int("rounds", 15, "how often the server is killed")
	seed   = flag.Uint64("seed", 0, "seed of the load; 0: from the clock")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

const (
	writers    = 4
	dims       = 16
	idsPerTurn = 1_000_000 // ids of one writer
)

// state is what a writer's rows should be: versions by id.
type state map[int64]int

// writer is one client that writes, and what it knows.
type writer struct {
	number  int
	table   string
	acked   state
	pending state // what the transaction under way would make of it; nil when none
	nextID  int64
	rng     *rand.Rand
	commits atomic.Int64  // acknowledged
	connect time.Duration // of this round
	slowest time.Duration // transaction of this round
}

func TestKillMinusNine(t *testing.T) {
	start := *seed
	if start == 0 {
		start = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d: go test ./tests/crash -seed %d -rounds %d", start, start, *rounds)
	s := harness.StartVecgres(t, "--log-level", "warn")
	ws := setUp(t, s, start)
	chance := rand.New(rand.NewPCG(start, 99))
	for round := range *rounds {
		stop := make(chan struct{})
		var wg sync.WaitGroup
		before := commitsOf(ws)
		for _, w := range ws {
			wg.Go(func() { w.work(s, stop) })
		}
		searched := 0
		wg.Go(func() { searched = search(s, ws, stop, rand.New(rand.NewPCG(start, uint64(round)))) })
		waitForCommits(t, ws, before+commitsPerRound)
		load := time.Duration(100+chance.IntN(500)) * time.Millisecond
		time.Sleep(load)
		s.Kill()
		close(stop)
		wg.Wait()
		if round%5 == 4 || round == *rounds-1 {
			verify(t, s.Dir)
		}
		killed := time.Now()
		s.Restart()
		restart := time.Since(killed)
		check(t, s, ws, round)
		if t.Failed() {
			return
		}
		var connect, slowest time.Duration
		for _, w := range ws {
			connect, slowest = max(connect, w.connect), max(slowest, w.slowest)
		}
		t.Logf("round %3d: %4d commits and %5d searches in %v; slowest connect %v, slowest transaction %v; restart %v", round, commitsOf(ws)-before,
			searched, load, connect.Round(time.Millisecond), slowest.Round(time.Millisecond), restart.Round(time.Millisecond))
	}
	t.Logf("%d transactions acknowledged in %d rounds, none lost", commitsOf(ws), *rounds)
}

func commitsOf(ws []*writer) int64 {
	n := int64(0)
	for _, w := range ws {
		n += w.commits.Load()
	}
	return n
}

// commitsPerRound is how many transactions must have been acknowledged before the server is killed: on a busy machine nothing may happen for long.
const commitsPerRound = 5

// waitForCommits waits until so many transactions were acknowledged.
func waitForCommits(t *testing.T, ws []*writer, n int64) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); commitsOf(ws) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the load does not run: %d transactions, not %d", commitsOf(ws), n)
		}
	}
}

// setUp makes two tenants, with and without a vector index, and a writer's rows in each.
func setUp(t *testing.T, s *harness.Server, start uint64) []*writer {
	c := s.Conn()
	for _, sql := range []string{
		"CREATE EXTENSION vector", "CREATE SCHEMA t$a", "CREATE SCHEMA t$b",
	} {
		if sql == "CREATE SCHEMA t$a" {
			exec(t, c, "CREATE SCHEMA t")
		}
		exec(t, c, sql)
	}
	var ws []*writer
	for i, schema := range []string{"t$a", "t$b"} {
		table := schema + ".items"
		exec(t, c, fmt.Sprintf("CREATE TABLE %s (id bigint PRIMARY KEY, version int NOT NULL, note text, embedding vector(%d))", table, dims))
		exec(t, c, fmt.Sprintf("CREATE INDEX ON %s (version)", table))
		if i == 0 {
			exec(t, c, fmt.Sprintf("CREATE INDEX ON %s USING hnsw (embedding vector_l2_ops)", table))
		}
		for n := range writers / 2 {
			number := i*writers/2 + n
			ws = append(ws, &writer{number: number, table: table, acked: state{}, nextID: int64(number) * idsPerTurn, rng: rand.New(rand.NewPCG(start, uint64(number)))})
		}
	}
	return ws
}

func exec(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// vectorOf is the vector that a row of some version must have.
func vectorOf(id int64, version int) string {
	rng := rand.New(rand.NewPCG(uint64(id), uint64(version)))
	parts := make([]string, dims)
	for i := range parts {
		parts[i] = fmt.Sprint(rng.IntN(1000))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// work runs transactions until the server dies.
func (w *writer) work(s *harness.Server, stop <-chan struct{}) {
	ctx := context.Background()
	began := time.Now()
	c, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return
	}
	defer c.Close(ctx)
	w.connect, w.slowest = time.Since(began), 0
	for {
		select {
		case <-stop:
			return
		default:
		}
		began := time.Now()
		if !w.transaction(ctx, c) {
			return
		}
		w.slowest = max(w.slowest, time.Since(began))
	}
}

// transaction changes some rows at once; false when the server has gone.
func (w *writer) transaction(ctx context.Context, c *pgx.Conn) bool {
	next := maps.Clone(w.acked)
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	for range 1 + w.rng.IntN(4) {
		switch id, ok := w.anyID(next); {
		case !ok || w.rng.IntN(10) < 5:
			id = w.nextID
			w.nextID++
			next[id] = 1
			batch.Queue("INSERT INTO "+w.table+" VALUES ($1, 1, $2, $3)", id, strings.Repeat("x", w.rng.IntN(100)), vectorOf(id, 1))
		case w.rng.IntN(10) < 7:
			next[id]++
			batch.Queue("UPDATE "+w.table+" SET version = $2, embedding = $3 WHERE id = $1", id, next[id], vectorOf(id, next[id]))
		default:
			delete(next, id)
			batch.Queue("DELETE FROM "+w.table+" WHERE id = $1", id)
		}
	}
	rollback := w.rng.IntN(10) == 0
	if rollback {
		batch.Queue("ROLLBACK")
	} else {
		w.pending = next
		batch.Queue("COMMIT")
	}
	if err := c.SendBatch(ctx, batch).Close(); err != nil {
		return false
	}
	if !rollback {
		w.acked = next
		w.commits.Add(1)
	}
	w.pending = nil
	return true
}

func (w *writer) anyID(rows state) (int64, bool) {
	if len(rows) == 0 {
		return 0, false
	}
	for range 20 { // ids are dense but for the deleted ones
		id := int64(w.number)*idsPerTurn + w.rng.Int64N(w.nextID-int64(w.number)*idsPerTurn)
		if _, ok := rows[id]; ok {
			return id, true
		}
	}
	return 0, false
}

// search asks for nearest rows until the server dies, and counts the answers.
func search(s *harness.Server, ws []*writer, stop <-chan struct{}, rng *rand.Rand) int {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return 0
	}
	defer c.Close(ctx)
	for n := 0; ; n++ {
		select {
		case <-stop:
			return n
		default:
		}
		w := ws[rng.IntN(len(ws))]
		rows, err := c.Query(ctx, "SELECT id FROM "+w.table+" WHERE version >= $2 ORDER BY embedding <-> $1 LIMIT 5", vectorOf(rng.Int64(), 0), rng.IntN(3))
		if err != nil {
			return n
		}
		for rows.Next() {
		}
		if rows.Err() != nil {
			return n
		}
	}
}

// check compares every writer's rows with what it knows, and takes what it finds as the truth for the next round.
func check(t *testing.T, s *harness.Server, ws []*writer, round int) {
	t.Helper()
	c := s.Conn()
	defer c.Close(context.Background())
	for _, w := range ws {
		found := w.read(t, c, round)
		switch {
		case maps.Equal(found, w.acked):
		case w.pending != nil && maps.Equal(found, w.pending):
			w.acked = found
		default:
			t.Errorf("round %d, writer %d: rows are neither what was acknowledged nor what the last transaction made of it: %s", round, w.number, differences(w, found))
		}
		w.pending = nil
		if len(found) > 0 {
			w.nearestIsItself(t, c, round)
		}
	}
}

func (w *writer) read(t *testing.T, c *pgx.Conn, round int) state {
	t.Helper()
	low := int64(w.number) * idsPerTurn
	rows, err := c.Query(context.Background(), "SELECT id, version, embedding::text FROM "+w.table+" WHERE id >= $1 AND id < $2", low, low+idsPerTurn)
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	found := state{}
	for rows.Next() {
		var id int64
		var version int
		var vector string
		if err := rows.Scan(&id, &version, &vector); err != nil {
			t.Fatal(err)
		}
		if _, twice := found[id]; twice {
			t.Errorf("round %d: row %d is there twice", round, id)
		}
		if vector != vectorOf(id, version) {
			t.Errorf("round %d: row %d has version %d but not its vector", round, id, version)
		}
		found[id] = version
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	return found
}

// nearestIsItself looks one row up by its vector and by its key.
func (w *writer) nearestIsItself(t *testing.T, c *pgx.Conn, round int) {
	t.Helper()
	id, ok := w.anyID(w.acked)
	if !ok {
		return
	}
	var nearest, byKey int64
	ctx := context.Background()
	if err := c.QueryRow(ctx, "SELECT id FROM "+w.table+" ORDER BY embedding <-> $1 LIMIT 1", vectorOf(id, w.acked[id])).Scan(&nearest); err != nil {
		t.Fatalf("round %d: search: %v", round, err)
	}
	if err := c.QueryRow(ctx, "SELECT id FROM "+w.table+" WHERE id = $1", id).Scan(&byKey); err != nil {
		t.Fatalf("round %d: row %d by its key: %v", round, id, err)
	}
	if nearest != id {
		t.Errorf("round %d: the row nearest to row %d's vector is %d", round, id, nearest)
	}
}

func differences(w *writer, found state) string {
	var out []string
	for id, v := range w.acked {
		if found[id] != v {
			out = append(out, fmt.Sprintf("row %d is %d, acknowledged %d, pending %d", id, found[id], v, w.pending[id]))
		}
	}
	for id, v := range found {
		if _, ok := w.acked[id]; !ok {
			out = append(out, fmt.Sprintf("row %d is %d, acknowledged as absent, pending %d", id, v, w.pending[id]))
		}
	}
	if len(out) > 10 {
		out = append(out[:10], "…")
	}
	return strings.Join(out, "; ")
}

// verify runs the command on the directory that no server has open.
func verify(t *testing.T, dir string) {
	t.Helper()
	out, errs, code := harness.RunVecgres(t, "verify", dir)
	if code != 0 {
		t.Errorf("vecgres verify: exit %d\n%s%s", code, out, errs)
	}
}
