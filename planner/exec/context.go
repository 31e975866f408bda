package exec

import (
	"context"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/plan"
	"vecgres/sql/engineerr"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// Txn is what operators need of a transaction; *vecengine.Txn is one.
type Txn interface {
	View() *vecengine.View
	Insert(ctx context.Context, id vecengine.TableID, rows vecengine.Rows, o vecengine.InsertOptions) (vecengine.InsertResult, error)
	Update(ctx context.Context, id vecengine.TableID, locs []vecengine.Loc, rows vecengine.Rows) error
	Delete(ctx context.Context, id vecengine.TableID, locs []vecengine.Loc) error
	LockRows(ctx context.Context, id vecengine.TableID, locs []vecengine.Loc, s vecengine.LockStrength, w vecengine.WaitPolicy) ([]vecengine.LockedRow, *vecengine.View, error)
	FillKeyIndex(ctx context.Context, id vecengine.TableID, index vecengine.IndexID, columns []vecengine.ColumnID, keys func(*batchOf) (vecengine.Keys, error)) error
	BuildKeyIndex(ctx context.Context, id vecengine.TableID, def vecengine.IndexDef, columns []vecengine.ColumnID, keys func(*batchOf) (vecengine.Keys, error)) error
	RebuildIndex(ctx context.Context, id vecengine.TableID, index vecengine.IndexID, columns []vecengine.ColumnID, keys func(*batchOf) (vecengine.Keys, error)) error
	LockTable(ctx context.Context, id vecengine.TableID, m vecengine.TableLockMode, w vecengine.WaitPolicy) error
}

// Context is what a running statement works with. One per run; the View must stay open until the Rows are closed.
type Context struct {
	context.Context
	Funcs  *funcs.Context
	Txn    Txn             // nil for statements that only read
	View   *vecengine.View // the statement's snapshot
	Params []types.Datum   // $1 …, of the plan's parameter types; their memory is used again after the Rows' Close
	// WorkMem is the setting work_mem in bytes, 0 for 4 MiB. MemLimit is where a statement fails with 53200; 0 is 16 times WorkMem, at least 256 MiB.
	WorkMem, MemLimit int64
	// Memory is the server's budget, of which a running plan reserves what it keeps past a first allowance; nil: none.
	Memory     Memory
	Notices    func(*pgerr.Notice)
	VirtualEnv *catalog.VirtualEnv
	Search     SearchSettings
	// Analysis, when not nil, is filled with what each operator did.
	Analysis *plan.Analysis

	open func(id catalog.StorageID) (table, error) // tests stand in for the View
}

// SearchSettings are the session's settings for vector search.
type SearchSettings struct {
	EfSearch     int     // hnsw.ef_search when set, else 0
	TargetRecall float64 // hnsw.target_recall when set, else 0
	Probes       int     // ivfflat.probes when set, else 0
	CheckRate    float64 // vecgres.recall_check_rate
	Exact        bool    // enable_indexscan = off: no graph
}

// table is what scans need of a *vecengine.Table.
type table interface {
	Schema() *vecengine.Schema
	Stats() vecengine.TableStats
	Scan(r vecengine.ScanRequest) (vecengine.Scanner, error)
	KeyScan(r vecengine.KeyScanRequest) (vecengine.Scanner, error)
	Lookup(index vecengine.IndexID, key []byte, dst []vecengine.Loc) ([]vecengine.Loc, error)
	Fetch(locs []vecengine.Loc, columns []vecengine.ColumnID) (*batchOf, error)
	Search(ctx context.Context, r vecengine.SearchRequest, stats *vecengine.SearchStats) ([]vecengine.Hit, error)
}

// table opens a relation's storage as of the statement's snapshot.
func (c *Context) table(id catalog.StorageID) (table, error) {
	if c.open != nil {
		return c.open(id)
	}
	t, err := c.View.Table(vecengine.TableID(id))
	if err != nil {
		return nil, engineerr.Map(err)
	}
	return t, nil
}

const (
	defaultWorkMem  = 4 << 20
	memLimitFactor  = 16
	memLimitDefault = 256 << 20
)

func (c *Context) memLimit() int64 {
	if c.MemLimit > 0 {
		return c.MemLimit
	}
	work := c.WorkMem
	if work <= 0 {
		work = defaultWorkMem
	}
	return max(memLimitDefault, memLimitFactor*work)
}

// runtime is the state that the operators of a program share during a run.
type runtime struct {
	ctx    *Context
	funcs  *funcs.Context
	params []types.Datum
	slots  []types.Datum
	epoch  uint64 // counts runs, so that what is computed once a statement knows when to start again
	mem    int64
	limit  int64
	// budget and reserved are of a plan that runs: Rows.Close releases them.
	budget   Memory
	reserved int64
	ctes     map[int]*cteState
	working  map[int]*rowSet
}

// Memory is a budget of bytes that statements share. Safe for concurrent use.
type Memory interface {
	// Reserve takes bytes, or gives an error that says what is lacking.
	Reserve(bytes int64) error
	Release(bytes int64)
}

// A statement reserves memory past memFree, memStep at a time, so that small ones never ask.
const (
	memFree = 1 << 20
	memStep = 1 << 20
)

// reserve takes what the statement has come to need from the server's budget.
func (rt *runtime) reserve() error {
	want := (rt.mem - memFree + memStep - 1) / memStep * memStep
	if want <= rt.reserved || rt.budget == nil {
		return nil
	}
	if err := rt.budget.Reserve(want - rt.reserved); err != nil {
		return engineerr.Map(err)
	}
	rt.reserved = want
	return nil
}

// release gives all of it back.
func (rt *runtime) release() {
	if rt.reserved > 0 {
		rt.budget.Release(rt.reserved)
	}
	rt.budget, rt.reserved = nil, 0
}

// grow counts bytes of memory. Errors: 53200 beyond the statement's limit or the server's.
func (rt *runtime) grow(bytes int64) error {
	if rt.mem += bytes; rt.mem > memFree+rt.reserved && rt.mem <= rt.limit {
		return rt.reserve()
	}
	if rt.mem > rt.limit {
		return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
			WithDetail("The statement needs more than its %d MB for sorting, hashing and kept rows.", rt.limit>>20).
			WithHint("Increase work_mem, or let the statement handle fewer rows.")
	}
	return nil
}

// shrink gives bytes back.
func (rt *runtime) shrink(bytes int64) { rt.mem -= bytes }

// canceled is the error of a canceled statement.
func (rt *runtime) canceled() error { return engineerr.Map(rt.ctx.Err()) }
