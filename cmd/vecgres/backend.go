package main

import (
	"context"
	"time"

	"vecgres/catalog"
	"vecgres/catalog/enginestore"
	"vecgres/pgwire"
	"vecgres/planner/exec"
	"vecgres/sql"
	"vecgres/vecengine"
)

// backend is what the wire asks for: sessions of the server.
type backend struct{ server *sql.Server }

// Authenticate trusts every role that exists: the server listens on loopback alone.
func (b backend) Authenticate(context.Context, *pgwire.StartupParams) (pgwire.AuthMethod, error) {
	return pgwire.Trust{}, nil
}

// NewSession starts a session.
func (b backend) NewSession(ctx context.Context, p *pgwire.StartupParams) (pgwire.Session, error) {
	return b.server.NewSession(ctx, p)
}

// transaction shows the engine's one transaction to the session: facts for the catalog, rows for the executor.
type transaction struct{ *enginestore.Tx }

func (t transaction) Facts() catalog.Tx { return t.Tx }
func (t transaction) Rows() exec.Txn    { return t.Txn }

func (t transaction) LockAdvisory(ctx context.Context, key [2]uint64, shared, try bool) (bool, error) {
	return t.Txn.LockAdvisory(ctx, key, shared, waitPolicy(try))
}

func isolation(repeatable bool) vecengine.Isolation {
	if repeatable {
		return vecengine.RepeatableRead
	}
	return vecengine.ReadCommitted
}

func waitPolicy(try bool) vecengine.WaitPolicy {
	if try {
		return vecengine.WaitSkip
	}
	return vecengine.WaitBlock
}

// connection is a session's place in the engine.
type connection struct {
	*vecengine.Session
	store *enginestore.Store
}

func (c connection) Begin(repeatable bool) sql.Transaction {
	return transaction{c.store.BeginIn(c.Session, isolation(repeatable))}
}

func (c connection) LockAdvisory(ctx context.Context, key [2]uint64, shared, try bool, timeout time.Duration) (bool, error) {
	return c.Session.LockAdvisory(ctx, key, shared, waitPolicy(try), timeout)
}

// engineFacts are figures of the engine for size functions and statistics views.
type engineFacts struct{ engine *vecengine.Engine }

// TableStats is a table's size now; ok is false when it is not open or not there.
func (f engineFacts) TableStats(s catalog.StorageID) (rows, dead, bytes int64, segments int, ok bool) {
	view := f.engine.View()
	defer view.Close()
	t, err := view.Table(vecengine.TableID(s))
	if err != nil {
		return 0, 0, 0, 0, false
	}
	st := t.Stats()
	return st.Rows, st.Dead, st.Bytes, st.Segments, true
}

// IndexBytes is the size of one of a table's indexes.
func (f engineFacts) IndexBytes(s catalog.StorageID, index uint64) int64 {
	view := f.engine.View()
	defer view.Close()
	t, err := view.Table(vecengine.TableID(s))
	if err != nil {
		return 0
	}
	return t.IndexBytes(vecengine.IndexID(index))
}

// Locks lists what is locked now.
func (f engineFacts) Locks() []catalog.Lock {
	var out []catalog.Lock
	for _, l := range f.engine.Locks() {
		out = append(out, catalog.Lock{PID: int32(l.Session), Kind: lockKinds[l.Kind], Storage: catalog.StorageID(l.Table), Advisory: l.Advisory,
			Mode: int(l.TableMode), Granted: l.Granted})
	}
	return out
}

var lockKinds = map[vecengine.LockObject]string{
	vecengine.LockedTable: "relation", vecengine.LockedRowID: "tuple", vecengine.LockedKey: "transactionid", vecengine.LockedNumber: "advisory",
}

// RecallStats lists what checks of searches have found.
func (f engineFacts) RecallStats() []catalog.RecallStat {
	var out []catalog.RecallStat
	for _, s := range f.engine.RecallStats() {
		out = append(out, catalog.RecallStat{Storage: catalog.StorageID(s.Table), Index: uint64(s.Index), Checked: s.Checked, Abandoned: s.Abandoned,
			Wanted: s.Wanted, Found: s.Found, Mean: s.Mean, Worst: s.Worst, Last: s.Last, Target: s.Target, Effort: s.Effort,
			LastAt: s.LastAt.Sub(postgresEpoch).Microseconds()})
	}
	return out
}

// postgresEpoch is where Postgres' timestamps begin.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// BuildProgress lists the index builds under way.
func (f engineFacts) BuildProgress() []catalog.BuildProgress {
	var out []catalog.BuildProgress
	for _, p := range f.engine.Progress() {
		out = append(out, catalog.BuildProgress{Storage: catalog.StorageID(p.Table), Index: uint64(p.Index), Phase: p.Phase, Done: p.Done, Total: p.Total})
	}
	return out
}
