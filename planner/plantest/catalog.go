// Package plantest is a catalog in memory that CREATE statements fill, for tests of the binder, the planner and the executor.
package plantest

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/parser"
	"vecgres/sql/types"
)

// Catalog is a catalog in memory that CREATE statements fill.
type Catalog struct {
	schemas map[string]*catalog.Namespace
	tables  map[string]*catalog.Table // by schema.name
	seqs    map[string]*catalog.Sequence
	// Created is called with every table and again when it gets another index; nil: nobody asks.
	Created func(*catalog.Table) error
	next    catalog.OID
}

func NewCatalog() *Catalog {
	m := &Catalog{schemas: map[string]*catalog.Namespace{}, tables: map[string]*catalog.Table{}, seqs: map[string]*catalog.Sequence{}, next: 20000}
	m.schemas["pg_catalog"] = &catalog.Namespace{OID: catalog.CatalogNamespaceOID, Path: "pg_catalog", Builtin: true}
	m.schemas["information_schema"] = &catalog.Namespace{OID: catalog.InfoSchemaOID, Path: "information_schema", Builtin: true}
	m.schemas["public"] = &catalog.Namespace{OID: catalog.PublicNamespaceOID, Path: "public"}
	m.tables["pg_catalog.pg_class"] = &catalog.Table{
		OID: 1259, Schema: "pg_catalog", Name: "pg_class", Kind: catalog.KindTable,
		Columns: []catalog.Column{
			{Num: 1, Name: "oid", Type: types.T(types.OidOID), NotNull: true}, {Num: 2, Name: "relname", Type: types.T(types.NameOID), NotNull: true},
			{Num: 3, Name: "relnamespace", Type: types.T(types.OidOID), NotNull: true},
		},
		Virtual: &catalog.VirtualTable{Schema: "pg_catalog", Name: "pg_class", OID: 1259},
	}
	return m
}

func (m *Catalog) oid() catalog.OID {
	m.next++
	return m.next
}

// Exec runs CREATE SCHEMA, TABLE, INDEX and VIEW.
func (m *Catalog) Exec(sql string) error {
	stmts, err := parser.Parse(sql)
	if err != nil {
		return err
	}
	for _, s := range stmts {
		switch s := s.Stmt.(type) {
		case *ast.CreateSchema:
			m.schemas[s.Name] = &catalog.Namespace{OID: m.oid(), Path: s.Name}
		case *ast.CreateTable:
			err = m.createTable(s)
		case *ast.CreateIndex:
			err = m.createIndex(s)
		case *ast.CreateView:
			err = m.createView(s)
		default:
			err = fmt.Errorf("Catalog: %T", s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func split(n ast.Name) (schema, name string) {
	if n.Schema() == "" {
		return "public", n.Last()
	}
	return n.Schema(), n.Last()
}

func (m *Catalog) createTable(s *ast.CreateTable) error {
	t := &catalog.Table{OID: m.oid(), Kind: catalog.KindTable, Version: 1}
	t.Storage = catalog.StorageID(t.OID)
	t.Schema, t.Name = split(s.Table.Name)
	constraints := slices.Clone(s.Constraints)
	for i, d := range s.Columns {
		typ, serial, err := m.columnType(d.Type)
		if err != nil {
			return err
		}
		c := catalog.Column{Num: int16(i + 1), Name: d.Name, Type: typ}
		if serial {
			c.Sequence, c.NotNull = m.oid(), true
			c.Default = fmt.Sprintf("nextval('%s_%s_seq'::regclass)", t.Name, c.Name)
		}
		for _, con := range d.Constraints {
			switch con.Kind {
			case ast.ConstraintNotNull:
				c.NotNull = true
			case ast.ConstraintDefault:
				c.Default = con.ExprText
			case ast.ConstraintIdentity:
				c.Identity, c.Sequence, c.NotNull = 'd', m.oid(), true
				if con.Always {
					c.Identity = 'a'
				}
			case ast.ConstraintGenerated:
				c.Generated, c.Default = true, con.ExprText
			default:
				con.Columns = []string{d.Name}
				constraints = append(constraints, con)
			}
		}
		t.Columns = append(t.Columns, c)
	}
	for _, con := range constraints {
		if err := m.addConstraint(t, con); err != nil {
			return err
		}
	}
	m.tables[t.Schema+"."+t.Name] = t
	return m.created(t)
}

func (m *Catalog) created(t *catalog.Table) error {
	if m.Created == nil {
		return nil
	}
	return m.Created(t)
}

// Table finds a table of schema public.
func (m *Catalog) Table(name string) *catalog.Table { return m.tables["public."+name] }

func (m *Catalog) columnType(tn ast.TypeName) (types.Type, bool, error) {
	switch tn.Name.Last() {
	case "serial":
		return types.T(types.Int4OID), true, nil
	case "bigserial":
		return types.T(types.Int8OID), true, nil
	}
	t, err := binder.ResolveType(tn, &binder.Options{Catalog: m})
	return t, false, err
}

func (m *Catalog) addConstraint(t *catalog.Table, con ast.Constraint) error {
	c := &catalog.Constraint{OID: m.oid(), Name: con.Name, Expr: con.ExprText}
	ix := &catalog.Index{OID: m.oid(), Table: t.OID, Method: "btree", Unique: true}
	ix.ID = uint64(ix.OID)
	for _, n := range con.Columns {
		col, ok := t.Column(n)
		if !ok {
			return fmt.Errorf("no column %s", n)
		}
		c.Columns = append(c.Columns, col.Num)
		ix.Keys = append(ix.Keys, catalog.IndexKey{Column: col.Num, Type: col.Type})
	}
	switch con.Kind {
	case ast.ConstraintPrimary:
		c.Kind, ix.Primary = catalog.PrimaryKey, true
		if c.Name == "" {
			c.Name = t.Name + "_pkey"
		}
		for _, n := range c.Columns {
			t.Columns[n-1].NotNull = true
		}
	case ast.ConstraintUnique:
		c.Kind = catalog.Unique
		if c.Name == "" {
			c.Name = t.Name + "_" + strings.Join(con.Columns, "_") + "_key"
		}
	case ast.ConstraintCheck:
		c.Kind = catalog.Check
		if c.Name == "" {
			c.Name = t.Name + "_check"
		}
		t.Constraints = append(t.Constraints, c)
		return nil
	default:
		return fmt.Errorf("constraint kind %d", con.Kind)
	}
	ix.Name, c.Index = c.Name, ix.OID
	t.Constraints, t.Indexes = append(t.Constraints, c), append(t.Indexes, ix)
	return nil
}

func (m *Catalog) createIndex(s *ast.CreateIndex) error {
	schema, name := split(s.Table.Name)
	t := m.tables[schema+"."+name]
	ix := &catalog.Index{OID: m.oid(), Name: s.Name, Table: t.OID, Method: s.Method, Unique: s.Unique, Predicate: s.WhereText}
	ix.ID = uint64(ix.OID)
	var err error
	if ix.Method == "" {
		ix.Method = "btree"
	}
	for _, e := range s.Elems {
		k := catalog.IndexKey{Expr: e.ExprText, OpClass: strings.Join(e.OpClass.Parts, "."), Desc: e.Desc, NullsFirst: e.NullsFirst != nil && *e.NullsFirst || e.NullsFirst == nil && e.Desc}
		if c, ok := t.Column(e.Column); ok {
			k.Column, k.Type = c.Num, c.Type
		} else if k.Type, err = m.typeOf(e.Expr, t); err != nil {
			return err
		}
		ix.Keys = append(ix.Keys, k)
	}
	t.Indexes = append(t.Indexes, ix)
	return m.created(t)
}

// typeOf is the type of an expression over a table's columns.
func (m *Catalog) typeOf(e ast.Expr, t *catalog.Table) (types.Type, error) {
	var cols []bound.Column
	for c := range t.Live {
		cols = append(cols, bound.Column{ID: bound.ColumnID(c.Num), Name: c.Name, Type: c.Type, AttNum: c.Num})
	}
	s, err := binder.BindExpr(e, t, cols, m.Options())
	if err != nil {
		return types.Type{}, err
	}
	return s.Type(), nil
}

func (m *Catalog) createView(s *ast.CreateView) error {
	t := &catalog.Table{OID: m.oid(), Kind: catalog.KindView, Version: 1, ViewQuery: s.QueryText}
	t.Schema, t.Name = split(s.View.Name)
	r, err := binder.Bind(s.Query, m.Options())
	if err != nil {
		return err
	}
	for i, c := range bound.Output(r.Stmt) {
		if i < len(s.Columns) {
			c.Name = s.Columns[i]
		}
		t.Columns = append(t.Columns, catalog.Column{Num: int16(i + 1), Name: c.Name, Type: c.Type})
	}
	m.tables[t.Schema+"."+t.Name] = t
	return nil
}

// Options bind statements over the catalog.
func (m *Catalog) Options() *binder.Options {
	return &binder.Options{
		Catalog: m, SearchPath: []string{"public"}, Env: &types.Env{Resolver: m},
		ParseExpr: parser.ParseExpr, ParseSelect: parser.ParseSelect,
	}
}

func (m *Catalog) RegName(types.OID, uint32) (string, bool) { return "", false }
func (m *Catalog) RegOID(_ types.OID, name string) (uint32, error) {
	if strings.HasSuffix(name, "_seq") || name == "pg_class" {
		return 1, nil
	}
	if t := m.tables["public."+name]; t != nil {
		return uint32(t.OID), nil
	}
	return 0, fmt.Errorf("relation %q does not exist", name)
}

func (m *Catalog) Database() *catalog.Database { return &catalog.Database{Name: "postgres"} }
func (m *Catalog) DatabaseByName(string) (*catalog.Database, error) {
	return nil, nil
}
func (m *Catalog) Databases() ([]*catalog.Database, error)        { return nil, nil }
func (m *Catalog) RoleByName(string) (*catalog.Role, error)       { return nil, nil }
func (m *Catalog) RoleByOID(catalog.OID) (*catalog.Role, error)   { return nil, nil }
func (m *Catalog) Roles() ([]*catalog.Role, error)                { return nil, nil }
func (m *Catalog) Extensions() ([]*catalog.Extension, error)      { return nil, nil }
func (m *Catalog) TableByOID(catalog.OID) (*catalog.Table, error) { return nil, nil }
func (m *Catalog) Namespaces() iter.Seq2[*catalog.Namespace, error] {
	return func(func(*catalog.Namespace, error) bool) {}
}
func (m *Catalog) NamespaceByPath(path string) (*catalog.Namespace, error) {
	return m.schemas[path], nil
}
func (m *Catalog) NamespaceByOID(catalog.OID) (*catalog.Namespace, error) { return nil, nil }
func (m *Catalog) Children(catalog.NamespaceID, string, int) ([]*catalog.Namespace, error) {
	return nil, nil
}
func (m *Catalog) TableByName(ns *catalog.Namespace, name string) (*catalog.Table, error) {
	return m.tables[ns.Path+"."+name], nil
}
func (m *Catalog) Tables(*catalog.Namespace) ([]*catalog.Table, error) { return nil, nil }
func (m *Catalog) IndexByName(ns *catalog.Namespace, name string) (*catalog.Index, *catalog.Table, error) {
	for _, t := range m.tables {
		for _, ix := range t.Indexes {
			if t.Schema == ns.Path && ix.Name == name {
				return ix, t, nil
			}
		}
	}
	return nil, nil, nil
}
func (m *Catalog) IndexByOID(catalog.OID) (*catalog.Index, *catalog.Table, error) {
	return nil, nil, nil
}
func (m *Catalog) SequenceByName(ns *catalog.Namespace, name string) (*catalog.Sequence, error) {
	return m.seqs[ns.Path+"."+name], nil
}
func (m *Catalog) SequenceByOID(catalog.OID) (*catalog.Sequence, error) { return nil, nil }
func (m *Catalog) Sequences(*catalog.Namespace) ([]*catalog.Sequence, error) {
	return nil, nil
}
