package ast

// ConstraintKind is contype of pg_constraint, with NOT NULL, DEFAULT and the like among them.
type ConstraintKind uint8

// The kinds of constraints in definitions.
const (
	ConstraintNotNull ConstraintKind = iota
	ConstraintNull
	ConstraintDefault
	ConstraintIdentity
	ConstraintGenerated
	ConstraintCheck
	ConstraintPrimary
	ConstraintUnique
	ConstraintForeign
	ConstraintExclusion
)

// Constraint is a constraint of a column or a table.
type Constraint struct {
	Kind             ConstraintKind
	Name             string
	Columns          []string // table constraints; empty for a column's
	Expr             Expr     // CHECK, DEFAULT, GENERATED
	ExprText         string   // Expr's own text as written
	Always           bool     // identity: ALWAYS; otherwise BY DEFAULT
	Sequence         []SequenceOption
	Including        []string
	NullsNotDistinct bool
	UsingIndex       string
	With             []Option
	// Foreign keys.
	RefTable                                           *RangeVar
	RefColumns                                         []string
	OnUpdate, OnDelete                                 string // "", "CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT"
	OnDeleteColumns                                    []string
	MatchFull                                          bool
	Deferrable, InitiallyDeferred, NotValid, NoInherit bool
	Pos                                                Pos
}

// ColumnDef is a column's definition.
type ColumnDef struct {
	Name                 string
	Type                 TypeName
	Constraints          []Constraint
	Collation            Name
	Compression, Storage string
	Pos                  Pos
}

// LikeClause is LIKE table in CREATE TABLE.
type LikeClause struct {
	Table     *RangeVar
	Including []string // "ALL", "DEFAULTS", "CONSTRAINTS", "INDEXES", "IDENTITY", "GENERATED", "COMMENTS", "STORAGE", "STATISTICS"
}

// CreateTable is CREATE TABLE, also CREATE TABLE AS (Query set).
type CreateTable struct {
	Table               *RangeVar
	IfNotExists         bool
	Temporary, Unlogged bool
	Columns             []ColumnDef
	Constraints         []Constraint
	Like                []LikeClause
	Inherits            []*RangeVar
	PartitionBy         string // "" or the strategy: not supported
	PartitionOf         *RangeVar
	OfType              *TypeName
	With                []Option
	OnCommit            string // "", "DROP", "DELETE ROWS", "PRESERVE ROWS"
	Tablespace          string
	AccessMethod        string
	Query               Stmt // CREATE TABLE AS
	ColumnNames         []string
	NoData              bool
}

// AlterCmd is one action of ALTER TABLE, by name: "ADD COLUMN", "DROP COLUMN", "ALTER TYPE", "SET DEFAULT", "DROP DEFAULT", "SET NOT NULL",
// "DROP NOT NULL", "ADD CONSTRAINT", "DROP CONSTRAINT", "VALIDATE CONSTRAINT", "ADD IDENTITY", "DROP IDENTITY", "SET IDENTITY", "SET OPTIONS",
// "RESET OPTIONS", "OWNER", "SET STATISTICS", "SET STORAGE", "CLUSTER ON", "ENABLE RLS", "DISABLE RLS", …; an unknown one keeps the grammar's name.
type AlterCmd struct {
	Kind                           string
	Name                           string // column or constraint
	Column                         *ColumnDef
	Constraint                     *Constraint
	Type                           *TypeName
	Using                          Expr
	Expr                           Expr // SET DEFAULT
	ExprText                       string
	Options                        []Option
	Sequence                       []SequenceOption
	Role                           string
	IfExists, IfNotExists, Cascade bool
	Pos                            Pos
}

// AlterTable is ALTER TABLE (and ALTER INDEX, ALTER VIEW where they share its grammar).
type AlterTable struct {
	Table    *RangeVar
	Kind     string // "TABLE", "INDEX", "VIEW", "SEQUENCE"
	IfExists bool
	Cmds     []AlterCmd
}

// Rename is ALTER … RENAME [COLUMN x | CONSTRAINT x] TO y.
type Rename struct {
	Kind     string // "TABLE", "COLUMN", "CONSTRAINT", "INDEX", "SEQUENCE", "SCHEMA", "DATABASE", "ROLE", "VIEW", …
	Table    *RangeVar
	Object   string // schema, database or role
	Column   string // column or constraint
	NewName  string
	IfExists bool
}

// AlterSchemaOf is ALTER TABLE … SET SCHEMA.
type AlterSchemaOf struct {
	Kind     string
	Table    *RangeVar
	Schema   string
	IfExists bool
}

// AlterOwner is ALTER … OWNER TO.
type AlterOwner struct {
	Kind   string
	Object Name
	Owner  string
}

// IndexElem is an element of an index or of an ON CONFLICT target.
type IndexElem struct {
	Column         string // "" when Expr is set
	Expr           Expr
	ExprText       string
	OpClass        Name
	OpClassOptions []Option
	Collation      Name
	Desc           bool
	NullsFirst     *bool
	Pos            Pos
}

// CreateIndex is CREATE INDEX.
type CreateIndex struct {
	Name                                                string
	Table                                               *RangeVar
	Method                                              string // "btree" when not given
	Unique, Concurrently, IfNotExists, NullsNotDistinct bool
	Elems                                               []IndexElem
	Including                                           []string
	With                                                []Option
	Where                                               Expr
	WhereText                                           string
	Tablespace                                          string
	Pos                                                 Pos
}

// Drop is DROP of tables, indexes, schemas, sequences, views, extensions, types …
type Drop struct {
	Kind                            string // "TABLE", "INDEX", "SCHEMA", "SEQUENCE", "VIEW", "EXTENSION", "TYPE", "MATERIALIZED VIEW", "FUNCTION", …
	Names                           []Name
	IfExists, Cascade, Concurrently bool
}

// CreateSchema is CREATE SCHEMA. Name may be "" with AUTHORIZATION alone.
type CreateSchema struct {
	Name          string
	IfNotExists   bool
	Authorization string
	Elements      []Stmt
	Pos           Pos
}

// SequenceOption is an option of a sequence: "start", "increment", "minvalue", "maxvalue", "cache", "cycle", "owned_by", "restart", "as".
type SequenceOption struct {
	Name  string
	Int   int64
	Given bool // a value was given (NO MINVALUE, RESTART alone: not)
	Bool  bool
	Owner Name // owned_by; empty parts for NONE
	Type  *TypeName
	Pos   Pos
}

// CreateSequence is CREATE SEQUENCE.
type CreateSequence struct {
	Name                   *RangeVar
	IfNotExists, Temporary bool
	Options                []SequenceOption
}

// AlterSequence is ALTER SEQUENCE.
type AlterSequence struct {
	Name     *RangeVar
	IfExists bool
	Options  []SequenceOption
}

// CreateView is CREATE [OR REPLACE] VIEW; QueryText is the query as written.
type CreateView struct {
	View               *RangeVar
	Columns            []string
	Query              *Select
	QueryText          string
	Replace, Temporary bool
	Options            []Option
	CheckOption        string
}

// CreateExtension is CREATE EXTENSION.
type CreateExtension struct {
	Name        string
	IfNotExists bool
	Options     []Option
}

// Truncate is TRUNCATE.
type Truncate struct {
	Tables           []*RangeVar
	Restart, Cascade bool
}

// Comment is COMMENT ON; Text nil removes it.
type Comment struct {
	Kind   string // "TABLE", "COLUMN", "SCHEMA", "INDEX", "DATABASE", …
	Object Name
	Text   *string
}

// CreateDatabase and the rest of databases and roles.
type CreateDatabase struct {
	Name    string
	Options []Option
}

// AlterDatabase is ALTER DATABASE … SET or with options.
type AlterDatabase struct {
	Name    string
	Options []Option
	Set     *Set
}

// DropDatabase is DROP DATABASE.
type DropDatabase struct {
	Name            string
	IfExists, Force bool
}

// CreateRole is CREATE ROLE, USER or GROUP; Kind says which.
type CreateRole struct {
	Kind    string // "ROLE", "USER", "GROUP"
	Name    string
	Options []RoleOption
}

// AlterRole is ALTER ROLE … options, or … SET.
type AlterRole struct {
	Name     string // "ALL" for ALL
	Options  []RoleOption
	Set      *Set
	Database string
}

// RoleOption is an option by the grammar's name: "superuser", "createdb", "createrole", "canlogin", "inherit", "isreplication", "bypassrls",
// "connectionlimit", "password", "validUntil", "rolemembers", "adminmembers", "addroleto".
type RoleOption struct {
	Name  string
	Bool  bool
	Int   int64
	Text  string
	Null  bool
	Roles []string
}

// DropRole is DROP ROLE.
type DropRole struct {
	Names    []string
	IfExists bool
}

// Grant is GRANT or REVOKE of privileges on objects.
type Grant struct {
	Revoke               bool
	Privileges           []string   // upper case; empty: ALL
	Columns              [][]string // parallel to Privileges, for column privileges
	Kind                 string     // "TABLE", "SCHEMA", "DATABASE", "SEQUENCE", "FUNCTION", …
	AllIn                bool       // ALL TABLES IN SCHEMA
	Objects              []Name
	Roles                []string // "public" for PUBLIC
	GrantOption, Cascade bool
}

// GrantRole is GRANT role TO role.
type GrantRole struct {
	Revoke               bool
	Granted              []string
	Roles                []string
	AdminOption, Cascade bool
}

// Reindex is REINDEX.
type Reindex struct {
	Kind         string // "INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"
	Table        *RangeVar
	Name         string
	Concurrently bool
}

// Cluster is CLUSTER.
type Cluster struct {
	Table *RangeVar
	Index string
}

func (*CreateTable) stmt()     {}
func (*AlterTable) stmt()      {}
func (*Rename) stmt()          {}
func (*AlterSchemaOf) stmt()   {}
func (*AlterOwner) stmt()      {}
func (*CreateIndex) stmt()     {}
func (*Drop) stmt()            {}
func (*CreateSchema) stmt()    {}
func (*CreateSequence) stmt()  {}
func (*AlterSequence) stmt()   {}
func (*CreateView) stmt()      {}
func (*CreateExtension) stmt() {}
func (*Truncate) stmt()        {}
func (*Comment) stmt()         {}
func (*CreateDatabase) stmt()  {}
func (*AlterDatabase) stmt()   {}
func (*DropDatabase) stmt()    {}
func (*CreateRole) stmt()      {}
func (*AlterRole) stmt()       {}
func (*DropRole) stmt()        {}
func (*Grant) stmt()           {}
func (*GrantRole) stmt()       {}
func (*Reindex) stmt()         {}
func (*Cluster) stmt()         {}
