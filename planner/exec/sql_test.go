package exec_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"vecgres/catalog"
	"vecgres/catalog/enginestore"
	"vecgres/planner"
	"vecgres/planner/cost"
	"vecgres/planner/exec"
	"vecgres/planner/plan"
	"vecgres/planner/plantest"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/vfs"
)

// database runs statements over an engine in memory: CREATE through plantest's catalog, everything else through parser, binder, planner and
// executor, each statement in a transaction of its own.
type database struct {
	tb      testing.TB
	catalog *plantest.Catalog
	engine  *vecengine.Engine
	next    uint64
}

const testSpace vecengine.NamespaceID = 9

func newDatabase(tb testing.TB) *database { return newDatabaseWith(tb, vecengine.Options{}) }

// newDatabaseWith opens the engine in memory, and with no work in the background.
func newDatabaseWith(tb testing.TB, o vecengine.Options) *database {
	o.FS, o.Dir, o.NoBackground = vfs.NewMem(), "/data", true
	e, err := vecengine.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Close() })
	d := &database{tb: tb, catalog: plantest.NewCatalog(), engine: e, next: 1000}
	d.inTxn(func(t *vecengine.Txn) error { return t.CreateNamespace(testSpace) })
	d.catalog.Created = d.created
	return d
}

func (d *database) inTxn(fn func(*vecengine.Txn) error) {
	t := d.engine.Begin(vecengine.ReadCommitted)
	defer t.Rollback()
	if err := fn(t); err != nil {
		d.tb.Fatal(err)
	}
	if err := t.Commit(context.Background()); err != nil {
		d.tb.Fatal(err)
	}
}

// created gives a table new, empty storage with its indexes.
func (d *database) created(t *catalog.Table) error {
	d.next++
	t.Storage = catalog.StorageID(d.next)
	s, err := enginestore.SchemaOf(t)
	if err != nil {
		return err
	}
	d.inTxn(func(tx *vecengine.Txn) error { return tx.CreateTable(testSpace, vecengine.TableID(t.Storage), s) })
	return nil
}

func (d *database) stats(id catalog.StorageID) cost.TableStats {
	v := d.engine.View()
	defer v.Close()
	t, err := v.Table(vecengine.TableID(id))
	if err != nil {
		return cost.TableStats{}
	}
	s := t.Stats()
	return cost.TableStats{Rows: float64(s.Rows), Bytes: float64(s.Bytes)}
}

// plan parses, binds and plans one statement.
func (d *database) plan(sql string) (*plan.Plan, error) {
	stmts, err := parser.Parse(sql)
	if err != nil {
		return nil, err
	}
	res, err := binder.Bind(stmts[0].Stmt, d.catalog.Options())
	if err != nil {
		return nil, err
	}
	return planner.Plan(res, &planner.Options{Catalog: d.catalog, Stats: d.stats})
}

func (d *database) context(t *vecengine.Txn, params ...types.Datum) *exec.Context {
	ctx := context.Background()
	env := &types.Env{Now: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), Resolver: d.catalog}
	return &exec.Context{
		Context: ctx, Funcs: &funcs.Context{Context: ctx, Env: env, StatementTime: env.Now}, Txn: t, View: t.View(), Params: params,
		VirtualEnv: &catalog.VirtualEnv{Reader: d.catalog},
	}
}

// run runs a statement in a transaction and gives its rows as text, one a line, and the number of rows affected.
func (d *database) run(t *vecengine.Txn, sql string, params ...types.Datum) (string, int64, error) {
	p, err := d.plan(sql)
	if err != nil {
		return "", 0, err
	}
	t.Refresh()
	return d.runPlan(t, p, params...)
}

func (d *database) runPlan(t *vecengine.Txn, p *plan.Plan, params ...types.Datum) (string, int64, error) {
	x := d.context(t, params...)
	defer x.View.Close()
	rows, err := exec.Run(x, p)
	if err != nil {
		return "", 0, err
	}
	defer rows.Close()
	var out strings.Builder
	for {
		row, ok, err := rows.Next()
		if err != nil {
			return "", 0, err
		}
		if !ok {
			return out.String(), rows.Affected(), nil
		}
		out.WriteString(rowText(x.Funcs.Env, p.Out, row) + "\n")
	}
}

func rowText(env *types.Env, cols []bound.Column, row []types.Datum) string {
	texts := make([]string, len(row))
	for i, v := range row {
		texts[i] = "NULL"
		if !v.IsNull() {
			texts[i] = types.FormatText(env, cols[i].Type.OID, v)
		}
	}
	return strings.Join(texts, " | ")
}

func (d *database) do(sql string) string {
	t := d.engine.Begin(vecengine.ReadCommitted)
	defer t.Rollback()
	out, n, err := d.run(t, sql)
	if err != nil {
		return errorText(err)
	}
	if err := t.Commit(context.Background()); err != nil {
		return errorText(err)
	}
	if out == "" {
		return fmt.Sprintf("%d rows\n", n)
	}
	return out
}

func errorText(err error) string {
	e := pgerr.From(err)
	text := fmt.Sprintf("error %s: %s\n", e.Code, e.Message)
	if e.Detail != "" {
		text += "detail: " + e.Detail + "\n"
	}
	if e.Cause != nil && e.Code == "XX000" {
		text += "cause: " + e.Cause.Error() + "\n"
	}
	return text
}

// TestSQL runs the scripts of testdata: ddl, then sql blocks of one statement each, with the rows or the error expected.
func TestSQL(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if !strings.HasSuffix(path, ".ddt") {
			return
		}
		d := newDatabase(t)
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			switch td.Cmd {
			case "ddl":
				if err := d.catalog.Exec(td.Input); err != nil {
					return err.Error() + "\n"
				}
				return ""
			case "sql":
				return d.do(td.Input)
			case "explain":
				p, err := d.plan(td.Input)
				if err != nil {
					return errorText(err)
				}
				return strings.Join(plan.Format(p, plan.FormatOptions{NoCosts: true}), "\n") + "\n"
			}
			t.Fatalf("unknown command %s", td.Cmd)
			return ""
		})
	})
}
