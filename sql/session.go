package sql

import (
	"context"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"vecgres/catalog"
	"vecgres/sql/binder"
	"vecgres/sql/client"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Session is one client's conversation. Its methods are called one at a time.
type Session struct {
	server *Server
	params *client.StartupParams
	conn   Connection
	db     *catalog.Database
	user   *catalog.Role            // who logged in
	role   *catalog.Role            // SET ROLE
	roles  map[string]*catalog.Role // those that SET ROLE has found
	set    *settings

	txn        *transaction // nil outside a transaction
	statements map[string]*prepared
	portals    map[string]*portal
	unnamed    portal // the memory of unnamed portals
	several    bool   // the Query being served has several statements, which are a block of their own

	out      client.Output       // of the message being served, for notices
	noticed  func(*pgerr.Notice) // notice, made once
	env      *types.Env          // of the settings now; nil after a change
	lastSeq  *catalog.Sequence
	seqValue map[catalog.OID]int64 // currval
	random   *rand.Rand            // random(), once it or setseed was called
	reported map[string]string     // what the client was last told
	derived  effective
	told     uint64 // the version of the settings when the client was last told
	status   status
	began    time.Time // when the message being served came
	idle     *time.Timer
}

func newSession(v *Server, p *client.StartupParams, role *catalog.Role, db *catalog.Database) *Session {
	s := &Session{server: v, params: p, conn: v.Connect(p.PID), db: db, user: role, role: role, set: newSettings(), statements: map[string]*prepared{},
		portals: map[string]*portal{}, roles: map[string]*catalog.Role{}, seqValue: map[catalog.OID]int64{}, reported: map[string]string{}}
	s.noticed = s.notice
	s.set.setDefault("session_authorization", role.Name)
	s.set.setDefault("is_superuser", onOff(role.Superuser))
	s.began = time.Now()
	now := postgresNow(s.began)
	s.status.now = catalog.Activity{PID: p.PID, Database: db.Name, User: role.Name, ClientAddr: p.RemoteAddr, ClientPort: int32(p.RemotePort),
		DatabaseOID: db.OID, UserOID: role.OID, State: "idle", BackendStart: now, StateChange: now}
	return s
}

// postgresEpoch is 2000-01-01 UTC.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func postgresNow(t time.Time) int64 { return t.Sub(postgresEpoch).Microseconds() }

// startupOptions takes the startup packet's settings over the role's own.
func (s *Session) startupOptions(role *catalog.Role, options map[string]string) error {
	merged := maps.Clone(role.Settings)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, options)
	for name, value := range merged {
		v, err := canonical(name, value)
		if err != nil {
			return err
		}
		s.set.setDefault(strings.ToLower(name), v)
	}
	return nil
}

// reportedSettings are sent as ParameterStatus, in Postgres' order.
var reportedSettings = []string{"application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby", "integer_datetimes",
	"IntervalStyle", "is_superuser", "server_encoding", "server_version", "session_authorization", "standard_conforming_strings", "TimeZone"}

// Settings are the ParameterStatus pairs to send after authentication.
func (s *Session) Settings() [][2]string {
	var out [][2]string
	for _, name := range reportedSettings {
		v, _ := s.set.get(name)
		s.reported[name] = v
		out = append(out, [2]string{name, v})
	}
	return out
}

// settingsChanged drops what was derived from settings.
func (s *Session) settingsChanged() {
	s.env = nil
	s.role = s.user
	if r := s.roles[s.set.values["role"]]; r != nil {
		s.role = r
	}
	s.set.setDefault("is_superuser", onOff(s.role.Superuser))
}

// reportSettings tells the client of changed settings that it follows: once, when all that was sent is done.
func (s *Session) reportSettings() {
	if s.out == nil || s.told == s.set.version {
		return
	}
	s.told = s.set.version
	for _, name := range reportedSettings {
		if v, _ := s.set.get(name); v != s.reported[name] {
			s.reported[name] = v
			s.out.ParameterStatus(name, v)
		}
	}
}

// Env is what text forms depend on now.
func (s *Session) Env() *types.Env {
	if s.env == nil {
		s.env = s.set.env()
		s.env.Resolver = regResolver{s}
	}
	if s.txn != nil {
		s.env.Now = s.txn.started
	} else {
		s.env.Now = s.began
	}
	return s.env
}

func (s *Session) notice(n *pgerr.Notice) {
	if s.out == nil || !s.wantsNotice(n.Severity) {
		return
	}
	s.out.Notice(n)
}

func (s *Session) wantsNotice(severity pgerr.Severity) bool {
	least, _ := s.set.get("client_min_messages")
	switch least {
	case "error":
		return false
	case "warning":
		return severity == pgerr.SeverityWarning || severity == pgerr.SeverityInfo
	}
	return true
}

// searchPath is the setting's schema names, "$user" replaced.
func (s *Session) searchPath() []string {
	names := splitNames(s.effective().searchPath)
	for i, name := range names {
		if name == "$user" {
			names[i] = s.role.Name
		}
	}
	return names
}

// binderOptions binds names as this session sees them now.
func (s *Session) binderOptions(paramTypes []types.OID) *binder.Options {
	return &binder.Options{Catalog: s.txn.snapshot, SearchPath: s.searchPath(), Role: s.role, Env: s.Env(), ParamTypes: paramTypes,
		ParseExpr: parser.ParseExpr, ParseSelect: parser.ParseSelect, Notice: s.notice}
}

// currentSchema is the first schema of the path that exists: where CREATE puts things. Nil when there is none.
func (s *Session) currentSchema() (*catalog.Namespace, error) {
	for _, name := range s.searchPath() {
		if name == "pg_catalog" {
			continue
		}
		n, err := s.txn.snapshot.NamespaceByPath(name)
		if n != nil || err != nil {
			return n, err
		}
	}
	return nil, nil
}

// TxStatus is the state that ReadyForQuery tells.
func (s *Session) TxStatus() byte {
	switch {
	case s.txn == nil || !s.txn.block:
		return 'I'
	case s.txn.failed:
		return 'E'
	}
	return 'T'
}

// Close rolls back and gives everything up.
func (s *Session) Close() {
	s.begin(nil, "")
	s.closePortals(0)
	if s.txn != nil {
		s.endTransaction(context.Background(), false)
	}
	s.conn.UnlockAll()
	s.server.forget(s)
}
