package sql

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/cost"
	"vecgres/planner/exec"
	"vecgres/sql/client"
	"vecgres/sql/pgerr"
)

// Transaction is the engine's one transaction as the session sees it: it begins, marks and ends it, and hands its halves to the rooms that read
// and write: the catalog's facts, and the rows.
type Transaction interface {
	Facts() catalog.Tx
	Rows() exec.Txn
	// Within gives the statement's context, under which catalog writes wait for other transactions, and the longest wait for one lock, 0 for none.
	Within(ctx context.Context)
	SetLockTimeout(d time.Duration)
	// SetBuildMemory bounds the memory of each graph that it builds.
	SetBuildMemory(bytes int64)
	// LockAdvisory locks a number until the end of the transaction; false when try is set and another session has it.
	LockAdvisory(ctx context.Context, key [2]uint64, shared, try bool) (bool, error)
	// Refresh moves the snapshot to now, unless it is repeatable read and fixed; Fix does that.
	Refresh()
	Fix()
	ID() uint64
	// Savepoint marks the present state; RollbackTo undoes all writes since.
	Savepoint() int
	RollbackTo(mark int)
	Commit(ctx context.Context) error
	Rollback()
	// Close gives up what is held beside the transaction, after its end.
	Close()
}

// Connection is one session's place in the engine: the advisory locks that outlive its transactions, and those transactions, which do not
// conflict with them.
type Connection interface {
	Begin(repeatable bool) Transaction
	// LockAdvisory locks a number until UnlockAdvisory was called as often; false when try is set and another session has it. A wait may
	// last as long as timeout, 0 for ever.
	LockAdvisory(ctx context.Context, key [2]uint64, shared, try bool, timeout time.Duration) (bool, error)
	UnlockAdvisory(key [2]uint64, shared bool) bool
	UnlockAll()
}

// Config is what a Server stands on.
type Config struct {
	Catalog *catalog.Catalog
	// Begin starts a transaction; repeatable keeps one snapshot for all its statements.
	Begin func(repeatable bool) Transaction
	// Connect makes the place of a session, which has a process id.
	Connect func(pid int32) Connection
	Engine  catalog.EngineFacts
	// Maintain merges a table's storage now and builds its graphs within so much memory each, for CREATE INDEX, VACUUM, REINDEX and CLUSTER;
	// Checkpoint flushes everything.
	Maintain   func(ctx context.Context, s catalog.StorageID, bytes int64) error
	Checkpoint func(ctx context.Context) error
	Logger     *slog.Logger
	// Memory is the server's budget, from which statements reserve what they keep; nil: none.
	Memory exec.Memory
}

// Server is what all sessions share. Safe for concurrent use.
type Server struct {
	Config
	started time.Time

	mu       sync.Mutex
	sessions map[int32]*Session
}

// NewServer makes a server of sessions.
func NewServer(c Config) *Server {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{Config: c, started: time.Now(), sessions: map[int32]*Session{}}
}

// NewSession starts a session for an authenticated user. Errors: 3D000 no such database, 28000 no such role or one that may not log in, 22023 for a bad option.
func (v *Server) NewSession(ctx context.Context, p *client.StartupParams) (*Session, error) {
	tx := v.Begin(false)
	defer tx.Close()
	defer tx.Rollback()
	snap := v.Catalog.Snapshot(tx.Facts(), nil)
	role, err := snap.RoleByName(p.User)
	if err != nil {
		return nil, err
	}
	if role == nil {
		return nil, pgerr.New(pgerrcode.InvalidAuthorizationSpecification, "role %q does not exist", p.User)
	}
	if !role.Login {
		return nil, pgerr.New(pgerrcode.InvalidAuthorizationSpecification, "role %q is not permitted to log in", p.User)
	}
	db, err := snap.DatabaseByName(p.Database)
	if err != nil {
		return nil, err
	}
	if db == nil {
		return nil, pgerr.New(pgerrcode.InvalidCatalogName, "database %q does not exist", p.Database)
	}
	if !db.AllowConnections {
		return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "database %q is not currently accepting connections", p.Database)
	}
	s := newSession(v, p, role, db)
	if err := s.startupOptions(role, p.Options); err != nil {
		return nil, err
	}
	v.mu.Lock()
	v.sessions[p.PID] = s
	v.mu.Unlock()
	return s, nil
}

func (v *Server) forget(s *Session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sessions[s.params.PID] == s {
		delete(v.sessions, s.params.PID)
	}
}

// cancel ends a session's statement, or the session; false when there is none of that number.
func (v *Server) cancel(pid int32, terminate bool) bool {
	v.mu.Lock()
	s := v.sessions[pid]
	v.mu.Unlock()
	if s == nil {
		return false
	}
	if stop := s.params.Terminate; terminate && stop != nil {
		stop(nil)
	} else if stop := s.params.Cancel; !terminate && stop != nil {
		stop()
	}
	return true
}

// connectedTo counts the sessions of a database other than except.
func (v *Server) connectedTo(db catalog.OID, except *Session) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, s := range v.sessions {
		if s.db.OID == db && s != except {
			n++
		}
	}
	return n
}

// tableStats is a table's size for the planner.
func (v *Server) tableStats(id catalog.StorageID) cost.TableStats {
	rows, _, bytes, _, ok := v.Engine.TableStats(id)
	if !ok {
		return cost.TableStats{}
	}
	return cost.TableStats{Rows: float64(rows), Bytes: float64(bytes)}
}
