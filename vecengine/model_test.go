package vecengine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// modelRow is a row with the id that the engine gave it.
type modelRow struct {
	testRow
	row RowID
	x   int64 // of the column that comes and goes
}

type modelState map[int64]modelRow

// modelTxn is an open transaction and what it should see: the committed state with its own changes.
type modelTxn struct {
	tx      *Txn
	base    modelState          // what a RepeatableRead transaction began with; nil: the newest
	changed map[int64]*modelRow // nil: deleted
	marks   []modelMark
}

type modelMark struct {
	mark    int
	changed map[int64]*modelRow
}

// modelTest drives an engine with random operations and compares it with a map.
type modelTest struct {
	t         *testing.T
	seed      uint64
	rng       *rand.Rand
	mem       *vfs.MemFS
	opts      Options
	e         *Engine
	committed modelState
	inFlight  modelState // what a crash during the present commit may also show; nil: none
	txns      []*modelTxn
	views     []modelView
	clones    []modelClone
	log       []string
	shape     modelShape
	inDDL     bool
	serial    int
}

// modelShape is the part of the schema that changes: the column x, the key index on n, and computed vector indexes. A new column takes a new id.
type modelShape struct {
	x        ColumnID // 0: none
	nIndex   IndexID  // 0: none
	computed []IndexID
	building IndexID // the one of computed that is announced and not filled; 0: none
}

const (
	missingX          = 42
	colX0    ColumnID = 10
	idxN0    IndexID  = 200
)

func (s modelShape) schema() Schema {
	out := testSchema()
	if s.x != 0 {
		b := column.NewBuilder(column.Int64, 0, 1)
		b.AppendInt(missingX)
		c := b.Finish()
		out.Columns = append(out.Columns, ColumnDef{ID: s.x, Name: "x", Kind: column.Int64, Missing: &c})
	}
	if s.nIndex != 0 {
		out.Indexes = append(out.Indexes, IndexDef{ID: s.nIndex, Kind: KeyIndex})
	}
	for _, id := range s.computed {
		def := vectorsOf(id).def()
		def.Building = id == s.building
		out.Indexes = append(out.Indexes, def)
	}
	out.Indexes = append(out.Indexes, IndexDef{ID: idxV, Kind: VectorIndex, Column: colV, Metric: distance.L2, M: 4, EfConstruction: 16})
	return out
}

// rows gives rows in the present shape; x is three times the id.
func (s modelShape) rows(rows ...testRow) Rows {
	out := testRows(rows...)
	if s.nIndex != 0 {
		keys, _ := nKeys(&column.Batch{Cols: out.Cols[2:3], N: len(rows)})
		out.Keys = append(out.Keys, keys)
	}
	for _, id := range s.computed {
		out.Keys = append(out.Keys, vectorsOf(id).keys(rows))
	}
	if s.x != 0 {
		b := column.NewBuilder(column.Int64, 0, len(rows))
		for _, r := range rows {
			b.AppendInt(3 * r.id)
		}
		out.Cols = append(out.Cols, b.Finish())
	}
	return out
}

type modelView struct {
	v     *View
	want  modelState
	shape modelShape
}

type modelClone struct {
	fs    *vfs.MemFS
	want  []modelState
	at    string
	inDDL bool // the shape may be the one before or the one after
}

func (m *modelTest) logf(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

func (m *modelTest) fatalf(format string, args ...any) {
	m.t.Helper()
	from := max(0, len(m.log)-40)
	for _, l := range m.log[from:] {
		m.t.Log(l)
	}
	m.t.Fatalf("seed %d: %s", m.seed, fmt.Sprintf(format, args...))
}

func (m *modelTest) must(err error) {
	m.t.Helper()
	if err != nil {
		m.fatalf("%v", err)
	}
}

// state is what the transaction sees.
func (x *modelTxn) state(committed modelState) modelState {
	if x.base != nil {
		committed = x.base
	}
	return x.over(committed)
}

// over lays the transaction's changes over a state.
func (x *modelTxn) over(committed modelState) modelState {
	s := maps.Clone(committed)
	for id, r := range x.changed {
		if r == nil {
			delete(s, id)
		} else {
			s[id] = *r
		}
	}
	return s
}

// open opens the engine over a file system that is now and then photographed in the middle of an operation.
func (m *modelTest) open() {
	inject := func(op vfs.Op) *vfs.Fault {
		if m.rng.IntN(400) == 0 && len(m.clones) < 4 {
			c := modelClone{fs: m.mem.CrashClone(m.rng), want: []modelState{maps.Clone(m.committed)}, at: fmt.Sprintf("%s %s", op.Kind, op.Path), inDDL: m.inDDL}
			if m.inFlight != nil {
				c.want = append(c.want, maps.Clone(m.inFlight))
			}
			m.clones = append(m.clones, c)
		}
		return nil
	}
	m.opts.FS = vfs.NewErrFS(m.mem, inject)
	e, err := Open(m.opts)
	m.must(err)
	m.must(e.OpenNamespace(context.Background(), testSpace))
	m.e = e
	e.alwaysWalk = m.seed%2 == 0
}

func (m *modelTest) randomRow(id int64) testRow {
	r := testRow{id: id, tag: fmt.Sprint("t", m.rng.IntN(4)), n: int32(m.rng.IntN(10)), f: float32(m.rng.IntN(50))}
	switch m.rng.IntN(10) {
	case 0:
		r.tag = ""
	case 1:
		r.n = -1
	case 2:
		r.f = -1
	}
	return r
}

const modelIDs = 80

func (m *modelTest) pickTxn() *modelTxn {
	if len(m.txns) < 3 && (len(m.txns) == 0 || m.rng.IntN(4) == 0) {
		x := &modelTxn{tx: m.e.Begin(ReadCommitted), changed: map[int64]*modelRow{}}
		if m.rng.IntN(4) == 0 {
			x.tx.Rollback()
			x.tx, x.base = m.e.Begin(RepeatableRead), maps.Clone(m.committed)
			x.tx.Fix()
		}
		x.tx.SetLockTimeout(time.Millisecond)
		m.txns = append(m.txns, x)
		return x
	}
	x := m.txns[m.rng.IntN(len(m.txns))]
	x.tx.Refresh()
	return x
}

// write runs a write under a savepoint and undoes it when a lock, or a duplicate that the model knows of, is in the way.
func (m *modelTest) write(x *modelTxn, duplicate func(error) bool, f func() error) bool {
	mark := x.tx.Savepoint()
	err := f()
	switch {
	case err == nil:
		return true
	case errors.Is(err, ErrLockTimeout), errors.Is(err, ErrDeadlock), x.base != nil && errors.Is(err, ErrSerialization), duplicate != nil && duplicate(err):
		m.logf("  undone: %v", err)
		x.tx.RollbackTo(mark)
		return false
	}
	m.fatalf("write: %v", err)
	return false
}

func (m *modelTest) insert(x *modelTxn) {
	state := x.over(m.committed) // uniqueness knows no snapshot
	var rows []testRow
	for range 1 + m.rng.IntN(12) {
		if r := m.randomRow(int64(m.rng.IntN(modelIDs))); !m.ghost(x, r.id) {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return
	}
	o := InsertOptions{Locations: true, OnConflict: OnConflict(m.rng.IntN(2))}
	m.logf("txn %d inserts %v, on conflict %d", x.tx.ID(), rows, o.OnConflict)
	m.write(x, func(err error) bool {
		var dup *DuplicateKeyError
		if !errors.As(err, &dup) || o.OnConflict != DuplicateError {
			return false
		}
		id := rows[dup.Input].id
		_, there := state[id]
		return there || slices.ContainsFunc(rows[:dup.Input], func(r testRow) bool { return r.id == id })
	}, func() error {
		res, err := x.tx.Insert(context.Background(), testTable, m.shape.rows(rows...), o)
		if err != nil {
			return err
		}
		skipped := map[int]bool{}
		for _, c := range res.Conflicts {
			skipped[c.Input] = true
		}
		next := 0
		for i, r := range rows {
			_, there := state[r.id]
			if there != skipped[i] {
				m.fatalf("row %v: skipped %v, was there %v", r, skipped[i], there)
			}
			if !there {
				row := modelRow{r, res.Locs[next].Row, 3 * r.id}
				next++
				state[r.id], x.changed[r.id] = row, &row
			}
		}
		return nil
	})
}

// lockOne finds and locks the row of an id; ok is false when somebody else has it.
func (m *modelTest) lockOne(x *modelTxn, id int64) (loc Loc, ok bool) {
	v := x.tx.View()
	locs := find(m.t, v, id)
	v.Close()
	if len(locs) != 1 {
		m.fatalf("id %d is there %d times", id, len(locs))
	}
	locked, lv, err := x.tx.LockRows(context.Background(), testTable, locs, LockUpdate, WaitSkip)
	if x.base != nil && errors.Is(err, ErrSerialization) {
		if m.base(id) == x.base[id] {
			m.fatalf("id %d has not changed: %v", id, err)
		}
		return Loc{}, false
	}
	m.must(err)
	lv.Close()
	if locked[0].Outcome == LockSkipped {
		return Loc{}, false
	}
	if locked[0].Outcome != LockedSame {
		m.fatalf("id %d: outcome %d", id, locked[0].Outcome)
	}
	return locked[0].Loc, true
}

func (m *modelTest) base(id int64) modelRow { return m.committed[id] }

// ghost tells whether a row is visible to a RepeatableRead transaction, but deleted since: it could insert the id again and then see it
// twice, as on Postgres, which our map cannot hold.
func (m *modelTest) ghost(x *modelTxn, id int64) bool {
	if x.base == nil {
		return false
	}
	_, before := x.base[id]
	_, now := m.committed[id]
	return before && !now
}

func (m *modelTest) change(x *modelTxn, del bool) {
	state := x.state(m.committed)
	if len(state) == 0 {
		return
	}
	ids := slices.Sorted(maps.Keys(state))
	id := ids[m.rng.IntN(len(ids))]
	next := m.randomRow(id)
	if m.rng.IntN(4) == 0 {
		if next.id = int64(m.rng.IntN(modelIDs)); m.ghost(x, next.id) {
			return
		}
	}
	m.logf("txn %d changes %d to %v (delete %v)", x.tx.ID(), id, next, del)
	loc, ok := m.lockOne(x, id)
	if !ok {
		return
	}
	if loc.Row != state[id].row {
		m.fatalf("id %d is row %d, not %d", id, loc.Row, state[id].row)
	}
	_, taken := x.over(m.committed)[next.id]
	m.write(x, func(err error) bool {
		var dup *DuplicateKeyError
		return errors.As(err, &dup) && taken && next.id != id
	}, func() error {
		if del {
			if err := x.tx.Delete(context.Background(), testTable, []Loc{loc}); err != nil {
				return err
			}
			x.changed[id] = nil
			return nil
		}
		if err := x.tx.Update(context.Background(), testTable, []Loc{loc}, m.shape.rows(next)); err != nil {
			return err
		}
		if taken && next.id != id {
			m.fatalf("id %d was taken", next.id)
		}
		x.changed[id] = nil
		x.changed[next.id] = &modelRow{next, loc.Row, 3 * next.id}
		return nil
	})
}

func (m *modelTest) finish(x *modelTxn, commit bool) {
	m.logf("txn %d ends, commit %v", x.tx.ID(), commit)
	m.txns = slices.DeleteFunc(m.txns, func(y *modelTxn) bool { return x == y })
	if !commit {
		x.tx.Rollback()
		return
	}
	m.inFlight = x.over(m.committed)
	m.must(x.tx.Commit(context.Background()))
	m.committed, m.inFlight = m.inFlight, nil
}

func (m *modelTest) savepoint(x *modelTxn) {
	if len(x.marks) > 0 && m.rng.IntN(2) == 0 {
		i := m.rng.IntN(len(x.marks))
		m.logf("txn %d rolls back to mark %d", x.tx.ID(), x.marks[i].mark)
		x.tx.RollbackTo(x.marks[i].mark)
		x.changed = maps.Clone(x.marks[i].changed)
		x.marks = x.marks[:i+1]
		return
	}
	x.marks = append(x.marks, modelMark{x.tx.Savepoint(), maps.Clone(x.changed)})
	m.logf("txn %d marks %d", x.tx.ID(), x.marks[len(x.marks)-1].mark)
}

func (m *modelTest) rollbackAll() {
	for _, x := range m.txns {
		x.tx.Rollback()
	}
	m.txns = nil
}

func (m *modelTest) reopen() {
	m.logf("reopen")
	m.rollbackAll()
	for _, v := range m.views {
		v.v.Close()
	}
	m.views = nil
	m.must(m.e.Close())
	m.open()
}

// check compares a view with what it should show, in every way there is to read it.
func (m *modelTest) check(what string, v *View, want modelState, x ColumnID) {
	m.t.Helper()
	m.checkShape(what, v, want, x)
	rows := make([]testRow, 0, len(want))
	for _, id := range slices.Sorted(maps.Keys(want)) {
		rows = append(rows, want[id].testRow)
	}
	if got := readAll(m.t, v); !slices.Equal(got, rows) {
		m.fatalf("%s: rows are\n%v, want\n%v", what, got, rows)
	}
	for range 5 {
		id := int64(m.rng.IntN(modelIDs))
		locs := find(m.t, v, id)
		w, there := want[id]
		if (len(locs) == 1) != there || len(locs) > 1 || there && locs[0].Row != w.row {
			m.fatalf("%s: id %d found at %v, want %v", what, id, locs, w)
		}
	}
	tag := fmt.Sprint("t", m.rng.IntN(4))
	p := Predicate{Column: colTag, Op: Eq, Values: []Value{{Bytes: []byte(tag)}}}
	if m.rng.IntN(2) == 0 {
		p.Index, p.Ranges = idxTag, []KeyRange{{Lo: []byte(tag), Hi: []byte(tag), LoInc: true, HiInc: true}}
	}
	var tagged []testRow
	for _, r := range rows {
		if r.tag == tag {
			tagged = append(tagged, r)
		}
	}
	if got := readAll(m.t, v, p); !slices.Equal(got, tagged) {
		m.fatalf("%s: tag %s (index %d): %v, want %v", what, tag, p.Index, got, tagged)
	}
	m.checkSearch(what, v, rows, tagged, p)
	m.checkVectors(what, v, rows, tagged, p)
}

// checkShape compares the column x, when it is given, and the key index on n, when there is one.
func (m *modelTest) checkShape(what string, v *View, want modelState, x ColumnID) {
	m.t.Helper()
	table, err := v.Table(testTable)
	m.must(err)
	if x != 0 {
		s, err := table.Scan(ScanRequest{Columns: []ColumnID{colID, x}})
		m.must(err)
		for {
			b, err := s.Next(context.Background())
			m.must(err)
			if b == nil {
				break
			}
			for i := range b.Rows() {
				at := pick(b.Sel, 0, i)
				if id, got := intsOf(&b.Cols[0])[at], intsOf(&b.Cols[1])[at]; got != want[id].x {
					m.fatalf("%s: x of %d is %d, want %d", what, id, got, want[id].x)
				}
			}
		}
	}
	for _, def := range table.Schema().keyIndexes() {
		if def.ID < idxN0 {
			continue
		}
		n, count := int32(m.rng.IntN(10)), 0
		for _, r := range want {
			if r.n == n {
				count++
			}
		}
		locs, err := table.Lookup(def.ID, fmt.Appendf(nil, "%08d", n), nil)
		m.must(err)
		if len(locs) != count {
			m.fatalf("%s: %d rows with n = %d, want %d", what, len(locs), n, count)
		}
	}
}

func (m *modelTest) checkSearch(what string, v *View, rows, tagged []testRow, p Predicate) {
	m.t.Helper()
	q, k := float32(m.rng.IntN(60)), 1+m.rng.IntN(20)
	req := SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats([]float32{q, q, q, q}), K: k, TieKey: idxID, Exact: true}
	if m.rng.IntN(2) == 0 {
		req.Filter, rows = []Predicate{p}, tagged
	}
	want := bruteForce(rows, q, k, nil)
	if got, _ := searchIDs(m.t, v, req); !slices.Equal(got, want) {
		m.fatalf("%s: search %v of %v: %v, want %v", what, k, q, got, want)
	}
	req.Exact = false
	got, hits := searchIDs(m.t, v, req)
	if len(got) != len(want) {
		m.fatalf("%s: %d hits, want %d", what, len(got), len(want))
	}
	for i, id := range got {
		at := slices.IndexFunc(rows, func(r testRow) bool { return r.id == id })
		if at < 0 || hits[i].Distance != 4*(rows[at].f-q)*(rows[at].f-q) {
			m.fatalf("%s: hit %v of id %d", what, hits[i], id)
		}
	}
}

// checkClones opens what a power cut would have left.
func (m *modelTest) checkClones() {
	for _, c := range m.clones {
		o := m.opts
		o.FS = c.fs
		e, err := Open(o)
		if err == nil {
			err = e.OpenNamespace(context.Background(), testSpace)
		}
		if err != nil {
			m.fatalf("after a crash at %s: %v", c.at, err)
		}
		v := e.View()
		got := modelState{}
		for _, r := range readAll(m.t, v) {
			got[r.id] = modelRow{testRow: r}
		}
		same := func(want modelState) bool {
			return maps.EqualFunc(got, want, func(a, b modelRow) bool { return a.testRow == b.testRow })
		}
		i := slices.IndexFunc(c.want, same)
		if i < 0 {
			m.fatalf("after a crash at %s: %v, want one of %v", c.at, got, c.want)
		}
		m.check("after a crash at "+c.at, v, c.want[i], 0)
		v.Close()
		m.verify(e, "after a crash at "+c.at)
		m.must(e.Close())
	}
	m.clones = nil
}

func (m *modelTest) verify(e *Engine, what string) {
	m.must(e.Verify(context.Background(), func(fault error) { m.fatalf("%s: verify: %v", what, fault) }))
}

func (m *modelTest) maintain() {
	ctx := context.Background()
	switch m.rng.IntN(6) {
	case 5:
		m.rebuild()
	case 0:
		m.logf("maintain")
		m.must(m.e.Maintain(ctx, testTable))
	case 1:
		m.logf("checkpoint")
		m.must(m.e.Checkpoint(ctx))
	case 2:
		m.logf("merge")
		_, err := m.e.table(testTable).merge(ctx, func(parts []*partRef) []*partRef { return parts[:min(2, len(parts))] })
		m.must(err)
	default:
		m.logf("flush")
		m.must(m.e.table(testTable).flush(ctx))
	}
}

func (m *modelTest) step() {
	switch n := m.rng.IntN(100); {
	case n < 30:
		m.insert(m.pickTxn())
	case n < 50:
		m.change(m.pickTxn(), false)
	case n < 60:
		m.change(m.pickTxn(), true)
	case n < 68:
		m.savepoint(m.pickTxn())
	case n < 82:
		m.finish(m.pickTxn(), m.rng.IntN(5) != 0)
	case n < 90:
		m.maintain()
	case n < 92:
		if len(m.views) < 3 {
			m.views = append(m.views, modelView{m.e.View(), maps.Clone(m.committed), m.shape})
		}
	case n < 95:
		x := m.pickTxn()
		v := x.tx.View()
		m.check("transaction", v, x.state(m.committed), m.shape.x)
		v.Close()
	case n < 97:
		if len(m.views) > 0 {
			i := m.rng.IntN(len(m.views))
			m.check("old view", m.views[i].v, m.views[i].want, m.views[i].shape.x)
			m.views[i].v.Close()
			m.views = slices.Delete(m.views, i, i+1)
		}
	case n < 98:
		switch m.rng.IntN(5) {
		case 0, 1:
			m.reopen()
		case 2:
			m.fill()
		default:
			m.ddl()
		}
	default:
		v := m.e.View()
		m.check("view", v, m.committed, m.shape.x)
		v.Close()
	}
	m.checkClones()
}

func runModel(t *testing.T, seed uint64, steps int) {
	m := &modelTest{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 99)), mem: vfs.NewMem(), committed: modelState{}}
	m.opts = testOptions(nil)
	m.opts.LogBytes = 1 << 19
	m.opts.ExactBelow = []int{10, 40, 1 << 20}[m.rng.IntN(3)]
	m.opts.SpillBytes = []int64{1, 5 << 10, 1 << 20}[m.rng.IntN(3)]
	e, err := Open(withFS(m.opts, m.mem))
	m.must(err)
	m.serial = m.rng.IntN(24)
	for range m.rng.IntN(4) {
		m.serial++
		m.shape.computed = append(m.shape.computed, idxC0+IndexID(m.serial))
	}
	schema := m.shape.schema()
	tx := e.Begin(ReadCommitted)
	m.must(tx.CreateTable(testSpace, testTable, schema))
	m.must(tx.Commit(context.Background()))
	m.must(e.Close())
	m.open()
	for range steps {
		m.step()
	}
	m.reopen()
	v := m.e.View()
	m.check("in the end", v, m.committed, m.shape.x)
	v.Close()
	m.verify(m.e, "in the end")
	m.must(m.e.Close())
}

func TestModel(t *testing.T) {
	seeds, steps := 12, 400
	if testing.Short() {
		seeds = 4
	}
	first := uint64(time.Now().UnixNano())
	if s := os.Getenv("MODEL_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		must(t, err)
		first, seeds = n, 1
	}
	if s := os.Getenv("MODEL_SEEDS"); s != "" {
		n, err := strconv.Atoi(s)
		must(t, err)
		seeds = n
	}
	for i := range seeds {
		runModel(t, first+uint64(i), steps)
	}
}
