package pgcatalog

import (
	"time"

	"vecgres/catalog"
)

type pgTables struct {
	Schema      string `pg:"schemaname"`
	Name        string `pg:"tablename"`
	Owner       string `pg:"tableowner"`
	HasIndexes  bool   `pg:"hasindexes"`
	HasRules    bool   `pg:"hasrules"`
	HasTriggers bool   `pg:"hastriggers"`
	RowSecurity bool   `pg:"rowsecurity"`
}

func tableList(q *query, yield func(*pgTables) error) error {
	return q.tables("", "", "schemaname", func(n *catalog.Namespace, t *catalog.Table) error {
		if t.Kind != catalog.KindTable {
			return nil
		}
		return yield(&pgTables{Schema: n.Path, Name: t.Name, Owner: q.roleName(t.Owner), HasIndexes: len(t.Indexes) > 0})
	})
}

type pgViews struct {
	Schema     string `pg:"schemaname"`
	Name       string `pg:"viewname"`
	Owner      string `pg:"viewowner"`
	Definition string `pg:"definition"`
}

func viewList(q *query, yield func(*pgViews) error) error {
	return q.tables("", "", "schemaname", func(n *catalog.Namespace, t *catalog.Table) error {
		if t.ViewQuery == "" {
			return nil
		}
		return yield(&pgViews{n.Path, t.Name, q.roleName(t.Owner), t.ViewQuery})
	})
}

type pgIndexes struct {
	Schema     string `pg:"schemaname"`
	Table      string `pg:"tablename"`
	Index      string `pg:"indexname"`
	Definition string `pg:"indexdef"`
}

func indexList(q *query, yield func(*pgIndexes) error) error {
	return q.tables("", "", "schemaname", func(n *catalog.Namespace, t *catalog.Table) error {
		for _, ix := range t.Indexes {
			if err := yield(&pgIndexes{n.Path, t.Name, ix.Name, indexDefinition(n.Path, t, ix, true, false)}); err != nil {
				return err
			}
		}
		return nil
	})
}

type pgSettings struct {
	Name     string   `pg:"name"`
	Setting  string   `pg:"setting"`
	Unit     *string  `pg:"unit"`
	Category string   `pg:"category"`
	Short    string   `pg:"short_desc"`
	Context  string   `pg:"context"`
	VarType  string   `pg:"vartype"`
	Source   string   `pg:"source"`
	Min      *string  `pg:"min_val"`
	Max      *string  `pg:"max_val"`
	Enum     []string `pg:"enumvals"`
	Boot     string   `pg:"boot_val"`
	Reset    string   `pg:"reset_val"`
	Pending  bool     `pg:"pending_restart"`
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func settingRows(q *query, yield func(*pgSettings) error) error {
	if q.Session == nil {
		return nil
	}
	for s := range q.Session.Settings() {
		r := &pgSettings{Name: s.Name, Setting: s.Value, Unit: orNull(s.Unit), Category: s.Category, Short: s.Description, Context: s.Context, VarType: s.VarType,
			Source: s.Source, Min: orNull(s.Min), Max: orNull(s.Max), Enum: s.EnumVals, Boot: s.BootVal, Reset: s.ResetVal}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

type pgStatActivity struct {
	DatID        catalog.OID `pg:"datid"`
	DatName      string      `pg:"datname"`
	PID          int32       `pg:"pid"`
	UserID       catalog.OID `pg:"usesysid"`
	UserName     string      `pg:"usename"`
	Application  string      `pg:"application_name"`
	ClientPort   int32       `pg:"client_port"`
	BackendStart *int64      `pg:"backend_start"`
	XactStart    *int64      `pg:"xact_start"`
	QueryStart   *int64      `pg:"query_start"`
	StateChange  *int64      `pg:"state_change"`
	WaitType     *string     `pg:"wait_event_type"`
	Wait         *string     `pg:"wait_event"`
	State        string      `pg:"state"`
	Query        string      `pg:"query"`
	BackendType  string      `pg:"backend_type"`
}

func orNone(t int64) *int64 {
	if t == 0 {
		return nil
	}
	return &t
}

func activityRows(q *query, yield func(*pgStatActivity) error) error {
	if q.Session == nil {
		return nil
	}
	waits := lockWaits(q)
	for _, a := range q.Session.Activity() {
		r := &pgStatActivity{a.DatabaseOID, a.Database, a.PID, a.UserOID, a.User, a.Application, a.ClientPort, orNone(a.BackendStart), orNone(a.XactStart),
			orNone(a.QueryStart), orNone(a.StateChange), nil, nil, a.State, a.Query, "client backend"}
		if kind, ok := waits[a.PID]; ok {
			lock := "Lock"
			r.WaitType, r.Wait = &lock, &kind
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

type pgPreparedStatements struct {
	Name      string `pg:"name"`
	Statement string `pg:"statement"`
	Time      int64  `pg:"prepare_time"`
	FromSQL   bool   `pg:"from_sql"`
}

func preparedRows(q *query, yield func(*pgPreparedStatements) error) error {
	if q.Session == nil {
		return nil
	}
	for _, p := range q.Session.PreparedStatements() {
		if err := yield(&pgPreparedStatements{p.Name, p.Statement, p.PrepareTime, p.FromSQL}); err != nil {
			return err
		}
	}
	return nil
}

type pgStatTables struct {
	Rel    catalog.OID `pg:"relid"`
	Schema string      `pg:"schemaname"`
	Name   string      `pg:"relname"`
	Live   int64       `pg:"n_live_tup"`
	Dead   int64       `pg:"n_dead_tup"`
}

func tableStats(q *query, yield func(*pgStatTables) error) error {
	return q.tables("relid", "", "schemaname", func(n *catalog.Namespace, t *catalog.Table) error {
		if t.Storage == 0 || q.Engine == nil {
			return nil
		}
		rows, dead, _, _, _ := q.Engine.TableStats(t.Storage)
		return yield(&pgStatTables{t.OID, n.Path, t.Name, rows, dead})
	})
}

type pgStatProgressCreateIndex struct {
	PID         int32       `pg:"pid"`
	DatID       catalog.OID `pg:"datid"`
	DatName     string      `pg:"datname"`
	Rel         catalog.OID `pg:"relid"`
	Index       catalog.OID `pg:"index_relid"`
	Command     string      `pg:"command"`
	Phase       string      `pg:"phase"`
	TuplesTotal int64       `pg:"tuples_total"`
	TuplesDone  int64       `pg:"tuples_done"`
}

// buildProgress lists the builds of the current database's indexes; a build in the background has no process id.
func buildProgress(q *query, yield func(*pgStatProgressCreateIndex) error) error {
	if q.Engine == nil {
		return nil
	}
	builds := q.Engine.BuildProgress()
	if len(builds) == 0 {
		return nil
	}
	db := q.Reader.Database()
	named := map[catalog.StorageID]*catalog.Table{}
	if err := q.tables("relid", "", "", func(_ *catalog.Namespace, t *catalog.Table) error {
		named[t.Storage] = t
		return nil
	}); err != nil {
		return err
	}
	for _, b := range builds {
		r := &pgStatProgressCreateIndex{DatID: db.OID, DatName: db.Name, Command: "CREATE INDEX", Phase: b.Phase, TuplesTotal: b.Total, TuplesDone: b.Done}
		if t := named[b.Storage]; t != nil {
			r.Rel = t.OID
			for _, ix := range t.Indexes {
				if ix.ID == b.Index {
					r.Index = ix.OID
				}
			}
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

type pgTimezoneNames struct {
	Name   string `pg:"name"`
	Abbrev string `pg:"abbrev"`
	DST    bool   `pg:"is_dst"`
}

// timezones lists UTC and the zones that programs ask for most; every IANA name may be set.
func timezones(_ *query, yield func(*pgTimezoneNames) error) error {
	for _, name := range []string{"UTC", "GMT", "Europe/Berlin", "Europe/London", "Europe/Paris", "America/New_York", "America/Chicago", "America/Denver",
		"America/Los_Angeles", "America/Sao_Paulo", "Asia/Tokyo", "Asia/Shanghai", "Asia/Kolkata", "Asia/Singapore", "Australia/Sydney"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		now := time.Now().In(loc)
		abbrev, _ := now.Zone()
		if err := yield(&pgTimezoneNames{name, abbrev, now.IsDST()}); err != nil {
			return err
		}
	}
	return nil
}
