package main

import (
	"context"

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

// BuildProgress lists the index builds under way.
func (f engineFacts) BuildProgress() []catalog.BuildProgress {
	var out []catalog.BuildProgress
	for _, p := range f.engine.Progress() {
		out = append(out, catalog.BuildProgress{Storage: catalog.StorageID(p.Table), Index: uint64(p.Index), Phase: p.Phase, Done: p.Done, Total: p.Total})
	}
	return out
}
