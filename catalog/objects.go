package catalog

import (
	"vecgres/sql/types"
)

// OID identifies an object as Postgres' catalogs do: unique in the data directory, stable for the object's life.
type OID uint32

// NamespaceID is the engine's folder of a namespace. A namespace's OID in pg_namespace is its low 32 bits.
type NamespaceID uint64

// StorageID is the engine's table behind a relation (Postgres' relfilenode): TRUNCATE and rewrites change it.
type StorageID uint64

// FirstNormalOID is the first OID given to objects that users make.
const FirstNormalOID OID = 16384

// OIDs of objects that always exist, Postgres' own where it has them.
const (
	PublicNamespaceOID  OID = 2200
	CatalogNamespaceOID OID = 11
	InfoSchemaOID       OID = 13000
	BootstrapRoleOID    OID = 10
	VecgresNamespaceOID OID = 13001
)

// Database is a row of pg_database; its schemas live under its own root in the directory.
type Database struct {
	OID              OID
	Name             string
	Owner            OID
	Root             NamespaceID // parent of its top-level schemas; its facts hold what belongs to the database alone (extensions, settings)
	AllowConnections bool
	IsTemplate       bool
	ConnectionLimit  int32
	Comment          string
}

// Role is a row of pg_authid.
type Role struct {
	OID                                                                     OID
	Name                                                                    string
	Superuser, Inherit, CreateRole, CreateDB, Login, Replication, BypassRLS bool
	ConnectionLimit                                                         int32
	Password                                                                string // verifier, never a plain text
	ValidUntil                                                              *int64 // microseconds since 2000-01-01 UTC
	MemberOf                                                                []OID
	Settings                                                                map[string]string
	Comment                                                                 string
}

// Namespace is a schema: a node of the directory.
type Namespace struct {
	ID         NamespaceID
	OID        OID
	Database   OID
	Parent     NamespaceID // the database's root for a top-level schema
	Path       string      // "app$acme"
	Owner      OID
	Properties string // jsonb text; "" when none were ever set
	Settings   string // jsonb text
	Comment    string
	Builtin    bool // pg_catalog, information_schema, vecgres: no folder
}

// RelKind is relkind of pg_class.
type RelKind byte

// The kinds of relations.
const (
	KindTable    RelKind = 'r'
	KindIndex    RelKind = 'i'
	KindSequence RelKind = 'S'
	KindView     RelKind = 'v'
)

// Table is a relation with columns: an ordinary table, a view, or a relation of pg_catalog. Immutable.
type Table struct {
	OID                 OID
	Namespace           NamespaceID
	NamespaceOID        OID
	Schema              string // the namespace's path
	Name                string
	Kind                RelKind
	Owner               OID
	Storage             StorageID // 0 for views and catalog relations
	Columns             []Column  // by attnum-1, dropped ones included
	Constraints         []*Constraint
	Indexes             []*Index
	Options             map[string]string // WITH (…)
	Comment             string
	Unlogged, Temporary bool

	ViewQuery string        // views: the SELECT as deparsed text
	DependsOn []OID         // views: the relations that it reads
	Virtual   *VirtualTable // relations of pg_catalog, information_schema and vecgres whose rows are computed
	Version   uint64        // changes with every change of the table's facts
}

// Column is an attribute. Immutable.
type Column struct {
	Num       int16 // attnum, from 1; never reused
	Name      string
	Type      types.Type
	NotNull   bool
	Default   string // SQL text, "" for none; a generated column's expression too
	Identity  byte   // 0, 'a' or 'd'
	Generated bool   // STORED
	Dropped   bool
	Missing   *types.Datum // what rows hold that are older than the column
	Sequence  OID          // of serial and identity columns
	Comment   string
}

// ConstraintKind is contype.
type ConstraintKind byte

// The kinds of constraints.
const (
	PrimaryKey ConstraintKind = 'p'
	Unique     ConstraintKind = 'u'
	Check      ConstraintKind = 'c'
	Foreign    ConstraintKind = 'f'
)

// Constraint is a row of pg_constraint. NOT NULL is a column's fact.
type Constraint struct {
	OID                           OID
	Name                          string
	Kind                          ConstraintKind
	Columns                       []int16 // attnums, in key order
	Expr                          string  // CHECK: SQL text
	Index                         OID     // primary and unique
	NoInherit                     bool
	NotValid                      bool
	Deferrable, InitiallyDeferred bool
	// Foreign keys.
	RefTable           OID
	RefColumns         []int16
	OnUpdate, OnDelete byte // 'a' no action, 'r', 'c', 'n', 'd'
	Comment            string
}

// Index is a row of pg_index. Immutable.
type Index struct {
	OID              OID
	ID               uint64 // the engine's IndexID
	Name             string
	Table            OID
	Method           string // "btree", "hnsw", "ivfflat"
	Unique, Primary  bool
	NullsNotDistinct bool
	Keys             []IndexKey
	Include          []int16
	Predicate        string            // partial index: SQL text
	Options          map[string]string // m, ef_construction …
	Comment          string
	Building         bool `json:",omitempty"` // CREATE INDEX goes on beside readers and writers: writers keep it up, queries cannot rely on it yet
}

// Computed tells whether the index has a key that is an expression, or a predicate.
func (ix *Index) Computed() bool {
	for _, k := range ix.Keys {
		if k.Column == 0 {
			return true
		}
	}
	return ix.Predicate != ""
}

// IndexKey is one key column of an index.
type IndexKey struct {
	Column           int16  // attnum, 0 for an expression
	Expr             string // SQL text
	Name             string `json:",omitempty"` // what an expression suggests as the key's name, "" for nothing
	Type             types.Type
	OpClass          string // "int4_ops", "vector_l2_ops" …
	Desc, NullsFirst bool
}

// Sequence is a row of pg_sequence. Its counter is apart, see Store.NextValue.
type Sequence struct {
	OID                               OID
	Namespace                         NamespaceID
	NamespaceOID                      OID
	Schema                            string
	Name                              string
	Owner                             OID
	Type                              types.OID // int2, int4, int8
	Start, Increment, Min, Max, Cache int64
	Cycle                             bool
	OwnedBy                           OID // table, 0 for none
	OwnedByColumn                     int16
	Identity                          bool   // dropped with its column's identity
	Counter                           uint64 // names the durable counter; RESTART gives another start under the same name
	Comment                           string
}

// Extension is a row of pg_extension.
type Extension struct {
	OID       OID
	Name      string
	Version   string
	Namespace OID
}

// Column finds a live column by name.
func (t *Table) Column(name string) (*Column, bool) {
	for i := range t.Columns {
		if c := &t.Columns[i]; !c.Dropped && c.Name == name {
			return c, true
		}
	}
	return nil, false
}

// ColumnByNum finds a column by attnum.
func (t *Table) ColumnByNum(num int16) (*Column, bool) {
	if num < 1 || int(num) > len(t.Columns) {
		return nil, false
	}
	return &t.Columns[num-1], true
}

// Live iterates the columns that are not dropped, in order.
func (t *Table) Live(yield func(*Column) bool) {
	for i := range t.Columns {
		if c := &t.Columns[i]; !c.Dropped && !yield(c) {
			return
		}
	}
}

// PrimaryKeyIndex is the primary key's index, nil for none.
func (t *Table) PrimaryKeyIndex() *Index {
	for _, ix := range t.Indexes {
		if ix.Primary {
			return ix
		}
	}
	return nil
}
