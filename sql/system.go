package sql

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/catalog/pgcatalog"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// system is funcs.System: what functions may ask of the session, for one statement.
type system struct {
	s   *Session
	ctx context.Context
}

var (
	_ funcs.System       = (*system)(nil)
	_ funcs.RandomSource = (*system)(nil)
)

func (y *system) CurrentUser() string     { return y.s.role.Name }
func (y *system) SessionUser() string     { return y.s.user.Name }
func (y *system) CurrentDatabase() string { return y.s.db.Name }
func (y *system) BackendPID() int32       { return y.s.params.PID }

// Random is the session's generator, seeded by chance until setseed.
func (y *system) Random() *rand.Rand {
	if y.s.random == nil {
		y.s.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return y.s.random
}

func (y *system) CurrentSchema() string {
	if y.s.txn == nil {
		return ""
	}
	n, err := y.s.currentSchema()
	if err != nil || n == nil {
		return ""
	}
	return n.Path
}

// SearchPath lists the schemas of the path that exist, as current_schemas does.
func (y *system) SearchPath(implicit bool) []string {
	var out []string
	path := y.s.searchPath()
	if implicit && !slices.Contains(path, "pg_catalog") {
		out = append(out, "pg_catalog")
	}
	for _, name := range path {
		if n, err := y.s.txn.snapshot.NamespaceByPath(name); err == nil && n != nil && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (y *system) Setting(name string, missingOK bool) (string, bool, error) {
	v, ok := y.s.showValue(name)
	if !ok && !missingOK {
		return "", false, pgerr.New(pgerrcode.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	return v, ok, nil
}

func (y *system) SetSetting(name, value string, local bool) (string, error) {
	if err := y.s.setValue(strings.ToLower(name), value, local); err != nil {
		return "", err
	}
	y.s.settingsChanged()
	v, _ := y.s.showValue(name)
	return v, nil
}

func (y *system) sequence(oid uint32) (*catalog.Sequence, error) {
	q, err := y.s.txn.snapshot.SequenceByOID(catalog.OID(oid))
	if err != nil {
		return nil, err
	}
	if q != nil {
		return q, nil
	}
	t, err := y.s.txn.snapshot.TableByOID(catalog.OID(oid))
	if err == nil && t != nil {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "%q is not a sequence", t.Name)
	}
	if err == nil {
		err = pgerr.New(pgerrcode.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	return nil, err
}

func (y *system) NextVal(oid uint32) (int64, error) {
	q, err := y.sequence(oid)
	if err != nil {
		return 0, err
	}
	if err := y.s.forbidReadOnly("nextval()"); err != nil {
		return 0, err
	}
	v, err := y.s.txn.snapshot.NextValue(y.ctx, q)
	if err != nil {
		return 0, err
	}
	y.s.lastSeq, y.s.seqValue[q.OID] = q, v
	return v, nil
}

func (y *system) CurrVal(oid uint32) (int64, error) {
	q, err := y.sequence(oid)
	if err != nil {
		return 0, err
	}
	v, ok := y.s.seqValue[q.OID]
	if !ok {
		return 0, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "currval of sequence %q is not yet defined in this session", q.Name)
	}
	return v, nil
}

func (y *system) LastVal() (int64, error) {
	if y.s.lastSeq == nil {
		return 0, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	return y.s.seqValue[y.s.lastSeq.OID], nil
}

func (y *system) SetVal(oid uint32, value int64, called bool) (int64, error) {
	q, err := y.sequence(oid)
	if err != nil {
		return 0, err
	}
	if err := y.s.forbidReadOnly("setval()"); err != nil {
		return 0, err
	}
	if err := y.s.txn.snapshot.SetValue(y.ctx, q, value, called); err != nil {
		return 0, err
	}
	if called {
		y.s.lastSeq, y.s.seqValue[q.OID] = q, value
	}
	return value, nil
}

func (y *system) Catalog(name string, args []types.Datum) (types.Datum, error) {
	return pgcatalog.Function(y.ctx, y.s.virtualEnv(), y.s.searchPath(), name, args)
}

func (y *system) CatalogRows(name string, _ []types.Datum, emit func(row []types.Datum) error) error {
	return pgcatalog.Rows(y.ctx, y.s.virtualEnv(), name, emit)
}

func (y *system) Cancel(pid int32, terminate bool) bool {
	found := y.s.server.cancel(pid, terminate)
	if !found {
		y.s.notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.Warning, "PID %d is not a PostgreSQL backend process", pid))
	}
	return found
}

// virtualEnv is what computed relations and functions over the catalog may read.
func (s *Session) virtualEnv() *catalog.VirtualEnv {
	return &catalog.VirtualEnv{Reader: s.txn.snapshot, Session: sessionFacts{s}, Engine: s.server.Engine}
}

// sessionFacts are what pg_settings, pg_stat_activity and the like show.
type sessionFacts struct{ s *Session }

func (f sessionFacts) Settings() iter.Seq[catalog.Setting] { return f.s.set.all() }
func (f sessionFacts) Activity() []catalog.Activity        { return f.s.server.activity() }

func (f sessionFacts) PreparedStatements() []catalog.PreparedStatement {
	var out []catalog.PreparedStatement
	for _, p := range f.s.statements {
		if p.name != "" {
			out = append(out, catalog.PreparedStatement{Name: p.name, Statement: p.text, PrepareTime: postgresNow(p.created), ParamTypes: p.params, FromSQL: p.fromSQL})
		}
	}
	return out
}

// regResolver gives reg* types their names, by this session's search path.
type regResolver struct{ s *Session }

func (r regResolver) RegName(typ types.OID, oid uint32) (string, bool) {
	if r.s.txn == nil {
		return "", false
	}
	return pgcatalog.RegName(r.s.txn.snapshot, r.s.searchPath(), typ, oid)
}

func (r regResolver) RegOID(typ types.OID, name string) (uint32, error) {
	if r.s.txn == nil {
		return 0, pgerr.Unimplemented("a name of a catalog object outside a transaction")
	}
	return pgcatalog.RegOID(r.s.txn.snapshot, r.s.searchPath(), typ, name)
}
