package pgcatalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"vecgres/catalog"
	"vecgres/sql/types"
)

// schemas yields the namespaces that a query's conditions leave: by OID, by path, or all.
func (q *query) schemas(oidColumn, nameColumn string, yield func(*catalog.Namespace) error) error {
	var n *catalog.Namespace
	var err error
	if oid, ok := q.oid(oidColumn); ok {
		n, err = q.Reader.NamespaceByOID(oid)
	} else if name, ok := q.text(nameColumn); ok {
		n, err = q.Reader.NamespaceByPath(name)
		if err != nil { // not a path: no such schema
			return nil
		}
	} else {
		for n, err := range q.Reader.Namespaces() {
			if err != nil {
				return err
			}
			if err := yield(n); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil || n == nil {
		return err
	}
	return yield(n)
}

// tables yields tables and views: the one with an OID, or all of the schemas that the conditions leave.
func (q *query) tables(oidColumn, nsColumn, nsNameColumn string, yield func(*catalog.Namespace, *catalog.Table) error) error {
	if oid, ok := q.oid(oidColumn); ok {
		t, err := q.Reader.TableByOID(oid)
		if err != nil || t == nil {
			return err
		}
		n, err := q.Reader.NamespaceByOID(t.NamespaceOID)
		if err != nil || n == nil {
			return err
		}
		return yield(n, t)
	}
	return q.schemas(nsColumn, nsNameColumn, func(n *catalog.Namespace) error {
		tables, err := q.Reader.Tables(n)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := yield(n, t); err != nil {
				return err
			}
		}
		return nil
	})
}

type pgNamespace struct {
	OID   catalog.OID `pg:"oid"`
	Name  string      `pg:"nspname"`
	Owner catalog.OID `pg:"nspowner"`
}

func namespaces(q *query, yield func(*pgNamespace) error) error {
	return q.schemas("oid", "nspname", func(n *catalog.Namespace) error {
		return yield(&pgNamespace{n.OID, n.Path, n.Owner})
	})
}

type pgClass struct {
	OID         catalog.OID `pg:"oid"`
	Name        string      `pg:"relname"`
	Namespace   catalog.OID `pg:"relnamespace"`
	Type        catalog.OID `pg:"reltype"`
	OfType      catalog.OID `pg:"reloftype"`
	Owner       catalog.OID `pg:"relowner"`
	AM          catalog.OID `pg:"relam"`
	FileNode    catalog.OID `pg:"relfilenode"`
	Tablespace  catalog.OID `pg:"reltablespace"`
	Pages       int32       `pg:"relpages"`
	Tuples      float64     `pg:"reltuples"`
	AllVisible  int32       `pg:"relallvisible"`
	Toast       catalog.OID `pg:"reltoastrelid"`
	HasIndex    bool        `pg:"relhasindex"`
	Shared      bool        `pg:"relisshared"`
	Persistence string      `pg:"relpersistence"`
	Kind        string      `pg:"relkind"`
	NAtts       int16       `pg:"relnatts"`
	Checks      int16       `pg:"relchecks"`
	HasRules    bool        `pg:"relhasrules"`
	HasTriggers bool        `pg:"relhastriggers"`
	HasSubclass bool        `pg:"relhassubclass"`
	RowSecurity bool        `pg:"relrowsecurity"`
	ForceRLS    bool        `pg:"relforcerowsecurity"`
	Populated   bool        `pg:"relispopulated"`
	Replica     string      `pg:"relreplident"`
	Partition   bool        `pg:"relispartition"`
	Rewrite     catalog.OID `pg:"relrewrite"`
	Options     []string    `pg:"reloptions"`
}

const (
	heapAM    catalog.OID = 2
	btreeAM   catalog.OID = 403
	hnswAM    catalog.OID = 16020
	ivfflatAM catalog.OID = 16022
)

func amOf(ix *catalog.Index) catalog.OID {
	switch ix.Method {
	case "hnsw":
		return hnswAM
	case "ivfflat":
		return ivfflatAM
	}
	return btreeAM
}

// optionNames lists options in the order of pgvector's manual, others by name.
func optionNames(m map[string]string) []string {
	names := sortedKeys(m)
	if at := slices.Index(names, "m"); at >= 0 {
		names = append([]string{"m"}, slices.Delete(names, at, at+1)...)
	}
	return names
}

func optionList(m map[string]string) []string {
	var out []string
	for _, k := range optionNames(m) {
		out = append(out, k+"="+m[k])
	}
	return out
}

// pageBytes is Postgres' page, which sizes are told in.
const pageBytes = 8192

func tableClass(q *query, n *catalog.Namespace, t *catalog.Table) *pgClass {
	c := &pgClass{OID: t.OID, Name: t.Name, Namespace: n.OID, Owner: t.Owner, Kind: string(rune(t.Kind)), NAtts: int16(len(t.Columns)),
		HasIndex: len(t.Indexes) > 0, Persistence: "p", Populated: true, Replica: "d", HasRules: t.Kind == catalog.KindView, Options: optionList(t.Options),
		Tuples: -1, FileNode: catalog.OID(uint32(t.Storage))}
	if t.Kind == catalog.KindTable {
		c.AM = heapAM
	}
	if t.Unlogged {
		c.Persistence = "u"
	}
	for _, k := range t.Constraints {
		if k.Kind == catalog.Check {
			c.Checks++
		}
	}
	if t.Storage != 0 && q.Engine != nil {
		if rows, _, bytes, _, ok := q.Engine.TableStats(t.Storage); ok {
			c.Tuples, c.Pages = float64(rows), int32((bytes+pageBytes-1)/pageBytes)
		}
	}
	if t.Virtual != nil {
		c.Replica = "n"
	}
	return c
}

func indexClass(n *catalog.Namespace, t *catalog.Table, ix *catalog.Index) *pgClass {
	return &pgClass{OID: ix.OID, Name: ix.Name, Namespace: n.OID, Owner: t.Owner, AM: amOf(ix), Kind: "i", NAtts: int16(len(ix.Keys) + len(ix.Include)),
		Persistence: "p", Populated: true, Replica: "n", Options: optionList(ix.Options), FileNode: catalog.OID(uint32(ix.ID))}
}

func sequenceClass(n *catalog.Namespace, s *catalog.Sequence) *pgClass {
	return &pgClass{OID: s.OID, Name: s.Name, Namespace: n.OID, Owner: s.Owner, Kind: "S", NAtts: 3, Persistence: "p", Populated: true, Replica: "n",
		Pages: 1, Tuples: 1}
}

func classes(q *query, yield func(*pgClass) error) error {
	if oid, ok := q.oid("oid"); ok {
		c, err := classByOID(q, oid)
		if err != nil || c == nil {
			return err
		}
		return yield(c)
	}
	return q.schemas("relnamespace", "", func(n *catalog.Namespace) error {
		tables, err := q.Reader.Tables(n)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := yield(tableClass(q, n, t)); err != nil {
				return err
			}
			for _, ix := range t.Indexes {
				if err := yield(indexClass(n, t, ix)); err != nil {
					return err
				}
			}
		}
		sequences, err := q.Reader.Sequences(n)
		if err != nil {
			return err
		}
		for _, s := range sequences {
			if err := yield(sequenceClass(n, s)); err != nil {
				return err
			}
		}
		return nil
	})
}

func classByOID(q *query, oid catalog.OID) (*pgClass, error) {
	t, err := q.Reader.TableByOID(oid)
	if err != nil {
		return nil, err
	}
	var ix *catalog.Index
	var s *catalog.Sequence
	ns := catalog.OID(0)
	if t != nil {
		ns = t.NamespaceOID
	} else if ix, t, err = q.Reader.IndexByOID(oid); err != nil {
		return nil, err
	} else if ix != nil {
		ns = t.NamespaceOID
	} else if s, err = q.Reader.SequenceByOID(oid); err != nil || s == nil {
		return nil, err
	} else {
		ns = s.NamespaceOID
	}
	n, err := q.Reader.NamespaceByOID(ns)
	switch {
	case err != nil || n == nil:
		return nil, err
	case s != nil:
		return sequenceClass(n, s), nil
	case ix != nil:
		return indexClass(n, t, ix), nil
	}
	return tableClass(q, n, t), nil
}

type pgAttribute struct {
	Rel         catalog.OID `pg:"attrelid"`
	Name        string      `pg:"attname"`
	Type        types.OID   `pg:"atttypid"`
	StatTarget  int32       `pg:"attstattarget"`
	Len         int16       `pg:"attlen"`
	Num         int16       `pg:"attnum"`
	NDims       int32       `pg:"attndims"`
	CacheOff    int32       `pg:"attcacheoff"`
	Mod         int32       `pg:"atttypmod"`
	ByVal       bool        `pg:"attbyval"`
	Align       byte        `pg:"attalign"`
	Storage     byte        `pg:"attstorage"`
	Compression string      `pg:"attcompression"`
	NotNull     bool        `pg:"attnotnull"`
	HasDef      bool        `pg:"atthasdef"`
	HasMissing  bool        `pg:"atthasmissing"`
	Identity    string      `pg:"attidentity"`
	Generated   string      `pg:"attgenerated"`
	Dropped     bool        `pg:"attisdropped"`
	Local       bool        `pg:"attislocal"`
	InhCount    int32       `pg:"attinhcount"`
	Collation   catalog.OID `pg:"attcollation"`
}

func attribute(rel catalog.OID, num int16, name string, t types.Type) *pgAttribute {
	a := &pgAttribute{Rel: rel, Name: name, Type: t.OID, StatTarget: -1, Num: num, CacheOff: -1, Mod: t.Mod, Local: true}
	if info, ok := types.Lookup(t.OID); ok {
		a.Len, a.ByVal, a.Align, a.Storage = info.Len, info.ByVal, info.Align, info.Storage
		if info.Category == 'A' {
			a.NDims = 1
		}
		a.Collation = collationOf(t.OID)
	}
	return a
}

// collationOf is a type's collation: the default one for text, C for names.
func collationOf(oid types.OID) catalog.OID {
	switch oid {
	case types.TextOID, types.VarcharOID, types.BpcharOID:
		return 100
	case types.NameOID:
		return 950
	}
	return 0
}

func tableAttribute(t *catalog.Table, c *catalog.Column) *pgAttribute {
	a := attribute(t.OID, c.Num, c.Name, c.Type)
	a.NotNull, a.HasMissing, a.Dropped = c.NotNull, c.Missing != nil, c.Dropped
	a.HasDef = c.Default != "" && c.Identity == 0
	if c.Identity != 0 {
		a.Identity = string(rune(c.Identity))
	}
	if c.Generated {
		a.Generated = "s"
	}
	if c.Dropped {
		a.Type = 0
	}
	return a
}

func indexAttributes(ix *catalog.Index, t *catalog.Table, yield func(*pgAttribute) error) error {
	num := int16(0)
	taken := map[string]bool{}
	for _, k := range ix.Keys {
		num++
		base := cmp.Or(k.Name, "expr")
		if col, ok := t.ColumnByNum(k.Column); ok {
			base = col.Name
		}
		name := base
		for i := 1; taken[name]; i++ {
			name = base + strconv.Itoa(i)
		}
		taken[name] = true
		if err := yield(attribute(ix.OID, num, name, k.Type)); err != nil {
			return err
		}
	}
	for _, c := range ix.Include {
		num++
		col, _ := t.ColumnByNum(c)
		if err := yield(attribute(ix.OID, num, col.Name, col.Type)); err != nil {
			return err
		}
	}
	return nil
}

// sequenceColumns are what selecting from a sequence gives.
var sequenceColumns = []struct {
	name string
	oid  types.OID
}{{"last_value", types.Int8OID}, {"log_cnt", types.Int8OID}, {"is_called", types.BoolOID}}

func sequenceAttributes(s *catalog.Sequence, yield func(*pgAttribute) error) error {
	for i, c := range sequenceColumns {
		if err := yield(attribute(s.OID, int16(i+1), c.name, types.T(c.oid))); err != nil {
			return err
		}
	}
	return nil
}

func attributes(q *query, yield func(*pgAttribute) error) error {
	ofTable := func(_ *catalog.Namespace, t *catalog.Table) error {
		for i := range t.Columns {
			if err := yield(tableAttribute(t, &t.Columns[i])); err != nil {
				return err
			}
		}
		return nil
	}
	oid, one := q.oid("attrelid")
	if err := q.tables("attrelid", "", "", func(n *catalog.Namespace, t *catalog.Table) error {
		if err := ofTable(n, t); err != nil || one {
			return err
		}
		for _, ix := range t.Indexes {
			if err := indexAttributes(ix, t, yield); err != nil {
				return err
			}
		}
		return nil
	}); err != nil || !one {
		return err
	}
	ix, t, err := q.Reader.IndexByOID(oid)
	if err != nil {
		return err
	}
	if ix != nil {
		return indexAttributes(ix, t, yield)
	}
	s, err := q.Reader.SequenceByOID(oid)
	if err != nil || s == nil {
		return err
	}
	return sequenceAttributes(s, yield)
}

type pgAttrdef struct {
	OID catalog.OID `pg:"oid"`
	Rel catalog.OID `pg:"adrelid"`
	Num int16       `pg:"adnum"`
	Bin string      `pg:"adbin"`
}

func attrdefs(q *query, yield func(*pgAttrdef) error) error {
	return q.tables("adrelid", "", "", func(_ *catalog.Namespace, t *catalog.Table) error {
		for c := range t.Live {
			if c.Default == "" || c.Identity != 0 {
				continue
			}
			if err := yield(&pgAttrdef{attrdefOID(t, c), t.OID, c.Num, c.Default}); err != nil {
				return err
			}
		}
		return nil
	})
}

// attrdefOID numbers a default: defaults have no identity of their own here, so table and column make one.
func attrdefOID(t *catalog.Table, c *catalog.Column) catalog.OID {
	return 1<<31 | (t.OID<<11+catalog.OID(c.Num))&(1<<31-1)
}

type pgIndex struct {
	Index     catalog.OID   `pg:"indexrelid"`
	Rel       catalog.OID   `pg:"indrelid"`
	NAtts     int16         `pg:"indnatts"`
	NKeyAtts  int16         `pg:"indnkeyatts"`
	Unique    bool          `pg:"indisunique"`
	NullsDist bool          `pg:"indnullsnotdistinct"`
	Primary   bool          `pg:"indisprimary"`
	Exclusion bool          `pg:"indisexclusion"`
	Immediate bool          `pg:"indimmediate"`
	Clustered bool          `pg:"indisclustered"`
	Valid     bool          `pg:"indisvalid"`
	CheckXmin bool          `pg:"indcheckxmin"`
	Ready     bool          `pg:"indisready"`
	Live      bool          `pg:"indislive"`
	Replident bool          `pg:"indisreplident"`
	Key       []int16       `pg:"indkey"`
	Collation []catalog.OID `pg:"indcollation"`
	Class     []catalog.OID `pg:"indclass"`
	Option    []int16       `pg:"indoption"`
	Exprs     *string       `pg:"indexprs"`
	Pred      *string       `pg:"indpred"`
}

func indexRow(t *catalog.Table, ix *catalog.Index) *pgIndex {
	r := &pgIndex{Index: ix.OID, Rel: t.OID, NAtts: int16(len(ix.Keys) + len(ix.Include)), NKeyAtts: int16(len(ix.Keys)), Unique: ix.Unique,
		NullsDist: ix.NullsNotDistinct, Primary: ix.Primary, Immediate: true, Valid: !ix.Building, Ready: true, Live: true}
	var exprs []string
	for _, k := range ix.Keys {
		option := int16(0)
		if k.Desc {
			option |= 1
		}
		if k.NullsFirst {
			option |= 2
		}
		r.Key, r.Option = append(r.Key, k.Column), append(r.Option, option)
		r.Collation = append(r.Collation, collationOf(k.Type.OID))
		r.Class = append(r.Class, opclassOID(ix.Method, k.OpClass))
		if k.Column == 0 {
			exprs = append(exprs, k.Expr)
		}
	}
	r.Key = append(r.Key, ix.Include...)
	if exprs != nil {
		text := strings.Join(exprs, ", ")
		r.Exprs = &text
	}
	if ix.Predicate != "" {
		r.Pred = &ix.Predicate
	}
	return r
}

func indexes(q *query, yield func(*pgIndex) error) error {
	if oid, ok := q.oid("indexrelid"); ok {
		ix, t, err := q.Reader.IndexByOID(oid)
		if err != nil || ix == nil {
			return err
		}
		return yield(indexRow(t, ix))
	}
	return q.tables("indrelid", "", "", func(_ *catalog.Namespace, t *catalog.Table) error {
		for _, ix := range t.Indexes {
			if err := yield(indexRow(t, ix)); err != nil {
				return err
			}
		}
		return nil
	})
}
