package catalog

import (
	"context"
	"iter"

	"vecgres/sql/types"
)

// Reader answers questions about names and objects as one statement sees them. Implementations are safe for concurrent use and never change what
// they have answered. A lookup that finds nothing gives nil and no error; errors are storage errors.
type Reader interface {
	Database() *Database
	DatabaseByName(name string) (*Database, error)
	Databases() ([]*Database, error)
	RoleByName(name string) (*Role, error)
	RoleByOID(oid OID) (*Role, error)
	Roles() ([]*Role, error)

	NamespaceByPath(path string) (*Namespace, error)
	NamespaceByOID(oid OID) (*Namespace, error)
	Namespaces() iter.Seq2[*Namespace, error]                                   // of the current database, builtin ones first
	Children(parent NamespaceID, after string, limit int) ([]*Namespace, error) // by last component, bytewise

	TableByName(ns *Namespace, name string) (*Table, error)
	TableByOID(oid OID) (*Table, error)
	Tables(ns *Namespace) ([]*Table, error)
	IndexByName(ns *Namespace, name string) (*Index, *Table, error)
	IndexByOID(oid OID) (*Index, *Table, error)
	SequenceByName(ns *Namespace, name string) (*Sequence, error)
	SequenceByOID(oid OID) (*Sequence, error)
	Sequences(ns *Namespace) ([]*Sequence, error)
	Extensions() ([]*Extension, error)
}

// Writer changes facts inside a transaction; a Reader of the same transaction sees the changes at once. Names have been checked by the caller.
type Writer interface {
	Reader
	NewOID() (OID, error)
	NewID() uint64

	CreateDatabase(d *Database) error // also makes its root and public schema
	PutDatabase(d *Database) error
	DropDatabase(d *Database) error
	PutRole(r *Role) error
	DropRole(oid OID) error

	CreateNamespace(n *Namespace) error // ID and OID are filled in
	PutNamespace(n *Namespace) error    // properties, owner, comment; or a rename of its last component
	DropNamespace(n *Namespace) error   // with all that it holds; children must be gone

	CreateTable(t *Table) error                   // makes the storage with its indexes too
	PutTable(ctx context.Context, t *Table) error // new facts; the storage's schema follows (columns added and dropped, indexes dropped, vector indexes added)
	DropTable(t *Table) error
	CreateStorage(t *Table) error // of new facts that name a new Storage, before the PutTable that stores them

	PutSequence(s *Sequence) error
	DropSequence(s *Sequence) error
	PutExtension(e *Extension) error
	DropExtension(e *Extension) error
}

// VirtualTable is a relation whose rows are computed from a Reader and a Session.
type VirtualTable struct {
	Schema  string
	Name    string
	OID     OID
	Columns []Column
	// Rows yields rows (one Datum per column); the slice may be reused between yields. lookup, when it has entries, are equality conditions by attnum that the
	// rows will be filtered with anyway: an implementation may use them to look things up instead of listing everything.
	Rows func(ctx context.Context, env *VirtualEnv, lookup map[int16]types.Datum, yield func(row []types.Datum) error) error
}

// VirtualEnv is what computed relations may read.
type VirtualEnv struct {
	Reader  Reader
	Session SessionFacts
	Engine  EngineFacts
}

// SessionFacts are facts of the session that pg_settings, pg_stat_activity and the like show.
type SessionFacts interface {
	Settings() iter.Seq[Setting]
	Activity() []Activity
	PreparedStatements() []PreparedStatement
}

// EngineFacts are figures of the engine for size functions and statistics views.
type EngineFacts interface {
	// TableStats is a table's size without its indexes.
	TableStats(s StorageID) (rows, dead, bytes int64, segments int, ok bool)
	// IndexBytes is the size of one of its indexes.
	IndexBytes(s StorageID, index uint64) int64
	BuildProgress() []BuildProgress
	Locks() []Lock
	RecallStats() []RecallStat
}

// RecallStat is a row of vecgres.recall_stats: what checks of searches through an index have found since the server was started.
type RecallStat struct {
	Storage                   StorageID
	Index                     uint64
	Checked, Abandoned        int64
	Wanted, Found             int64
	Mean, Worst, Last, Target float64 // Target is 0 when the last search's effort was given
	Effort                    float64
	LastAt                    int64 // microseconds since 2000-01-01 UTC
}

// Lock is a row of pg_locks: of a relation, a row or a transaction that somebody waits for, or an advisory lock.
type Lock struct {
	PID      int32  // 0: of no session
	Kind     string // locktype
	Storage  StorageID
	Advisory [2]uint64 // twice the database's OID, and 1 more when the key is a pair; the key
	Mode     int       // LOCK TABLE's, 1 to 8
	Granted  bool
}

// BuildProgress is a row of pg_stat_progress_create_index.
type BuildProgress struct {
	Storage     StorageID
	Index       uint64
	Phase       string
	Done, Total int64
}

// Setting is a row of pg_settings.
type Setting struct {
	Name, Value, Unit, Category, Description, Context, VarType, Source, Min, Max, BootVal, ResetVal string
	EnumVals                                                                                        []string
}

// Activity is a row of pg_stat_activity.
type Activity struct {
	PID                                                   int32
	Database, User, Application, ClientAddr, State, Query string
	DatabaseOID, UserOID                                  OID
	ClientPort                                            int32
	BackendStart, XactStart, QueryStart, StateChange      int64 // microseconds since 2000-01-01 UTC, 0 for none
}

// PreparedStatement is a row of pg_prepared_statements.
type PreparedStatement struct {
	Name, Statement string
	PrepareTime     int64
	ParamTypes      []types.OID
	FromSQL         bool
}
