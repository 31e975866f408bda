package exec

import (
	"errors"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/pgerr"
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
)

// tableWriter turns new rows into what the engine stores, keeping the table's promises: generated columns, NOT NULL, CHECK, keys.
// Rows are batches with one vector for each live column, in attnum order.
type tableWriter struct {
	rt        *runtime
	table     *catalog.Table
	live      []*catalog.Column
	at        map[int16]int // by attnum: index into live
	typs      []types.Type
	generated []generated
	checks    []check
	indexes   []indexWriter
	keyed     []vecengine.IndexID // of indexes
	f         frame
}

type generated struct {
	col int
	ev  evaluator
}

type check struct {
	name string
	ev   evaluator
}

// indexWriter makes the keys of one key index, or the vectors of a vector index that has its own.
type indexWriter struct {
	index     *catalog.Index
	parts     []physical.KeyPart // nil: vectors
	keys      []evaluator
	predicate evaluator
	values    []types.Datum
}

func (b *builder) tableWriter(w *bound.TableWrite) (*tableWriter, error) {
	t := &tableWriter{rt: b.rt, table: w.Table, at: map[int16]int{}, keyed: []vecengine.IndexID{}}
	for c := range w.Table.Live {
		t.at[c.Num] = len(t.live)
		t.live, t.typs = append(t.live, c), append(t.typs, c.Type)
	}
	sc := scopeOf(w.New)
	for i, c := range t.live {
		if g, ok := w.Generated[c.Num]; ok {
			ev, err := b.compile(g, sc)
			if err != nil {
				return nil, err
			}
			t.generated = append(t.generated, generated{i, ev})
		}
	}
	for _, c := range w.Checks {
		ev, err := b.compile(c.Expr, sc)
		if err != nil {
			return nil, err
		}
		t.checks = append(t.checks, check{c.Name, ev})
	}
	for _, ix := range w.Indexes {
		if ix.Index.Method != "btree" && !ix.Index.OwnVectors() {
			continue
		}
		keys, err := b.compileAll(ix.Keys, sc)
		if err != nil {
			return nil, err
		}
		predicate, err := b.compileOptional(ix.Predicate, sc)
		if err != nil {
			return nil, err
		}
		var parts []physical.KeyPart
		if ix.Index.Method == "btree" {
			parts = keyParts(ix.Index)
		}
		t.indexes = append(t.indexes, indexWriter{ix.Index, parts, keys, predicate, make([]types.Datum, len(keys))})
		t.keyed = append(t.keyed, vecengine.IndexID(ix.Index.ID))
	}
	return t, nil
}

// storage is the engine's table.
func (t *tableWriter) storage() vecengine.TableID { return vecengine.TableID(t.table.Storage) }

// encode checks a batch of new rows and lays it out for the engine. Vectors of generated columns are filled in.
func (t *tableWriter) encode(b *Batch) (vecengine.Rows, error) {
	for _, g := range t.generated {
		vals := make([]types.Datum, b.N)
		if err := evaluate(g.ev, &t.f, b, vals); err != nil {
			return vecengine.Rows{}, err
		}
		b.Cols[g.col] = Vec{Typ: t.typs[g.col], Vals: vals}
	}
	if err := t.checkNulls(b); err != nil {
		return vecengine.Rows{}, err
	}
	if err := t.runChecks(b); err != nil {
		return vecengine.Rows{}, err
	}
	rows := vecengine.Rows{Cols: make([]column.Column, len(t.live)), Indexes: t.keyed}
	for i := range t.live {
		var err error
		if rows.Cols[i], err = storedColumn(&b.Cols[i], t.typs[i], b); err != nil {
			return rows, err
		}
	}
	if len(t.live) == 0 {
		rows.Cols = append(rows.Cols, physical.RowColumnOf(b.Rows()))
	}
	keys, err := t.keys(b)
	rows.Keys = keys
	return rows, err
}

// storedColumn copies the rows of a vector that count into a column of the engine's.
func storedColumn(v *Vec, t types.Type, b *Batch) (column.Column, error) {
	kind, dim := physical.KindOf(t)
	same := v.columnar() && v.Col.Kind == kind && v.Col.Dim == dim
	if same && b.Sel == nil && v.Col.Len == b.N {
		return v.Col, nil // the engine copies what it is given
	}
	out := column.NewBuilder(kind, dim, b.Rows())
	if same {
		out.AppendRows(&v.Col, b.Sel)
		return out.Finish(), nil
	}
	for k := range b.Rows() {
		d, err := v.At(b.Row(k))
		if err != nil {
			return column.Column{}, err
		}
		if err := physical.Append(out, t, d); err != nil {
			return column.Column{}, err
		}
	}
	return out.Finish(), nil
}

func (t *tableWriter) checkNulls(b *Batch) error {
	for i, c := range t.live {
		if !c.NotNull {
			continue
		}
		v := &b.Cols[i]
		if v.columnar() && v.Col.Valid == nil && v.Col.Len > 0 {
			continue
		}
		for k := range b.Rows() {
			d, err := v.At(b.Row(k))
			if err != nil {
				return err
			}
			if d.IsNull() {
				e := pgerr.New(pgerrcode.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", c.Name, t.table.Name)
				return e.WithDetail("Failing row contains %s.", t.rowText(b, b.Row(k))).WithTable(t.table.Schema, t.table.Name).WithColumn(c.Name)
			}
		}
	}
	return nil
}

func (t *tableWriter) runChecks(b *Batch) error {
	for _, c := range t.checks {
		t.f = frame{b: b}
		for k := range b.Rows() {
			t.f.i = b.Row(k)
			d, err := c.ev(&t.f)
			if err != nil {
				return err
			}
			if !d.IsNull() && !d.Bool() {
				e := pgerr.New(pgerrcode.CheckViolation, "new row for relation \"%s\" violates check constraint \"%s\"", t.table.Name, c.name)
				return e.WithDetail("Failing row contains %s.", t.rowText(b, t.f.i)).WithTable(t.table.Schema, t.table.Name).WithConstraint(c.name)
			}
		}
	}
	return nil
}

// valueTextMax is how many bytes of a value an error's detail shows.
const valueTextMax = 64

// rowText is a row as in "Failing row contains (1, null, …)".
func (t *tableWriter) rowText(b *Batch, row int) string {
	var out strings.Builder
	out.WriteByte('(')
	for i := range t.live {
		if i > 0 {
			out.WriteString(", ")
		}
		d, err := b.Cols[i].At(row)
		switch {
		case err != nil:
			out.WriteString("?")
		case d.IsNull():
			out.WriteString("null")
		default:
			out.WriteString(clip(types.FormatText(t.rt.funcs.Env, t.typs[i].OID, d)))
		}
	}
	out.WriteByte(')')
	return out.String()
}

func clip(s string) string {
	if len(s) <= valueTextMax {
		return s
	}
	cut := valueTextMax
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "..."
}

// keys makes the keys and vectors that come with rows, for all indexes that want some.
func (t *tableWriter) keys(b *Batch) ([]vecengine.Keys, error) {
	out := make([]vecengine.Keys, len(t.indexes))
	for i := range t.indexes {
		var err error
		if ix := &t.indexes[i]; ix.parts == nil {
			out[i], err = t.vectorsOf(ix, b)
		} else {
			out[i], err = t.keysOf(ix, b)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *tableWriter) keysOf(ix *indexWriter, b *Batch) (out vecengine.Keys, err error) {
	kb := physical.NewKeyBuilder(ix.parts, ix.index.NullsNotDistinct, b.Rows())
	t.f = frame{b: b}
	for k := range b.Rows() {
		t.f.i = b.Row(k)
		in, err := ix.evaluate(&t.f)
		if err == nil && in {
			err = kb.Append(ix.values)
		} else if err == nil {
			kb.AppendAbsent()
		}
		if err != nil {
			return out, t.keyTooLong(err, ix)
		}
	}
	out.Bytes, out.Exempt = kb.Finish()
	return out, nil
}

func (t *tableWriter) vectorsOf(ix *indexWriter, b *Batch) (out vecengine.Keys, err error) {
	vb := physical.NewElementBuilder(ix.index.Keys[0].Type, b.Rows())
	t.f = frame{b: b}
	for k := range b.Rows() {
		t.f.i = b.Row(k)
		in, err := ix.evaluate(&t.f)
		if err == nil && in {
			err = vb.Append(ix.values[0])
		} else if err == nil {
			vb.AppendAbsent()
		}
		if err != nil {
			return out, err
		}
	}
	out.Bytes = vb.Finish()
	return out, nil
}

// keyTooLong names the index in the error about a key's size.
func (t *tableWriter) keyTooLong(err error, ix *indexWriter) error {
	var e *pgerr.Error
	if errors.As(err, &e) && e.Code == pgerrcode.ProgramLimitExceeded {
		c := *e
		c.Message += " for index \"" + ix.index.Name + "\""
		return &c
	}
	return err
}

// evaluate computes the key columns of a row into values; not in when the row is none of a partial index.
func (ix *indexWriter) evaluate(f *frame) (in bool, err error) {
	if ix.predicate != nil {
		d, err := ix.predicate(f)
		if err != nil || d.IsNull() || !d.Bool() {
			return false, err
		}
	}
	for i, ev := range ix.keys {
		if ix.values[i], err = ev(f); err != nil {
			return false, err
		}
	}
	return true, nil
}

// violation gives a duplicate key its constraint's name and the key's values; other errors get their SQLSTATE. The error's row counts the
// rows of b that count.
func (t *tableWriter) violation(err error, b *Batch) error {
	var dup *vecengine.DuplicateKeyError
	if !errors.As(err, &dup) {
		return engineerr.Map(err)
	}
	for i := range t.indexes {
		ix := &t.indexes[i]
		if vecengine.IndexID(ix.index.ID) != dup.Index {
			continue
		}
		e := pgerr.New(pgerrcode.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", ix.index.Name)
		e.Cause = err
		e = e.WithTable(t.table.Schema, t.table.Name).WithConstraint(ix.index.Name)
		if dup.Input >= 0 && dup.Input < b.Rows() {
			e = e.WithDetail("Key %s already exists.", t.keyText(ix, b, b.Row(dup.Input)))
		}
		return e
	}
	return engineerr.Map(err)
}

// keyText is a key as in "Key (id)=(1) already exists."
func (t *tableWriter) keyText(ix *indexWriter, b *Batch, row int) string {
	names, values := make([]string, len(ix.keys)), make([]string, len(ix.keys))
	f := frame{b: b, i: row}
	for i, k := range ix.index.Keys {
		names[i] = k.Expr
		if c, ok := t.table.ColumnByNum(k.Column); ok {
			names[i] = c.Name
		}
		d, err := ix.keys[i](&f)
		switch {
		case err != nil:
			values[i] = "?"
		case d.IsNull():
			values[i] = "null"
		default:
			values[i] = types.FormatText(t.rt.funcs.Env, ix.parts[i].Type, d)
		}
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(values, ", ") + ")"
}

// returning evaluates RETURNING and keeps its rows.
type returning struct {
	evs  []evaluator
	typs []types.Type
	rows *rowSet
	at   int
	out  rowsBatch
}

func (b *builder) returning(items []bound.Item, sc scope) (*returning, error) {
	if items == nil {
		return nil, nil
	}
	r := &returning{}
	for _, it := range items {
		ev, err := b.compile(it.Expr, sc)
		if err != nil {
			return nil, err
		}
		r.evs, r.typs = append(r.evs, ev), append(r.typs, it.Col.Type)
	}
	r.rows = newRowSet(b.rt, len(r.evs))
	return r, nil
}

// add keeps the row of RETURNING for the row in the frame.
func (r *returning) add(f *frame) error {
	if r == nil {
		return nil
	}
	row := r.rows.next()
	for i, ev := range r.evs {
		var err error
		if row[i], err = ev(f); err != nil {
			return err
		}
	}
	return r.rows.count(row)
}

// addBatch keeps the rows for a batch.
func (r *returning) addBatch(b *Batch) error {
	if r == nil {
		return nil
	}
	f := frame{b: b}
	for k := range b.Rows() {
		f.i = b.Row(k)
		if err := r.add(&f); err != nil {
			return err
		}
	}
	return nil
}

func (r *returning) next() (b *Batch) {
	if r == nil {
		return nil
	}
	b, r.at = r.rows.emit(&r.out, r.typs, r.at)
	return b
}

func (r *returning) reset() {
	if r != nil {
		r.rows.reset()
		r.at = 0
	}
}
