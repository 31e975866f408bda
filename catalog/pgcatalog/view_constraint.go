package pgcatalog

import (
	"maps"
	"slices"

	"vecgres/catalog"
	"vecgres/sql/types"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

type pgConstraint struct {
	OID        catalog.OID `pg:"oid"`
	Name       string      `pg:"conname"`
	Namespace  catalog.OID `pg:"connamespace"`
	Type       string      `pg:"contype"`
	Deferrable bool        `pg:"condeferrable"`
	Deferred   bool        `pg:"condeferred"`
	Validated  bool        `pg:"convalidated"`
	Rel        catalog.OID `pg:"conrelid"`
	TypeID     catalog.OID `pg:"contypid"`
	Index      catalog.OID `pg:"conindid"`
	Parent     catalog.OID `pg:"conparentid"`
	FRel       catalog.OID `pg:"confrelid"`
	FUpd       string      `pg:"confupdtype"`
	FDel       string      `pg:"confdeltype"`
	FMatch     string      `pg:"confmatchtype"`
	Local      bool        `pg:"conislocal"`
	InhCount   int32       `pg:"coninhcount"`
	NoInherit  bool        `pg:"connoinherit"`
	Key        []int16     `pg:"conkey"`
	FKey       []int16     `pg:"confkey"`
	Bin        *string     `pg:"conbin"`
}

func constraints(q *query, yield func(*pgConstraint) error) error {
	return q.tables("conrelid", "connamespace", "", func(n *catalog.Namespace, t *catalog.Table) error {
		for _, k := range t.Constraints {
			r := &pgConstraint{OID: k.OID, Name: k.Name, Namespace: n.OID, Type: string(rune(k.Kind)), Deferrable: k.Deferrable, Deferred: k.InitiallyDeferred,
				Validated: !k.NotValid, Rel: t.OID, Index: k.Index, FRel: k.RefTable, FUpd: " ", FDel: " ", FMatch: " ", Local: true, NoInherit: k.NoInherit || k.Kind != catalog.Check,
				Key: k.Columns}
			if k.Kind == catalog.Check {
				r.Bin = &k.Expr
			}
			if k.Kind == catalog.Foreign {
				r.FKey, r.FUpd, r.FDel, r.FMatch = k.RefColumns, string(rune(k.OnUpdate)), string(rune(k.OnDelete)), "s"
			}
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
}

type pgSequence struct {
	Rel       catalog.OID `pg:"seqrelid"`
	Type      types.OID   `pg:"seqtypid"`
	Start     int64       `pg:"seqstart"`
	Increment int64       `pg:"seqincrement"`
	Max       int64       `pg:"seqmax"`
	Min       int64       `pg:"seqmin"`
	Cache     int64       `pg:"seqcache"`
	Cycle     bool        `pg:"seqcycle"`
}

// allSequences yields the sequence with an OID, or all.
func (q *query) allSequences(oidColumn, nsNameColumn string, yield func(*catalog.Namespace, *catalog.Sequence) error) error {
	if oid, ok := q.oid(oidColumn); ok {
		s, err := q.Reader.SequenceByOID(oid)
		if err != nil || s == nil {
			return err
		}
		n, err := q.Reader.NamespaceByOID(s.NamespaceOID)
		if err != nil || n == nil {
			return err
		}
		return yield(n, s)
	}
	return q.schemas("", nsNameColumn, func(n *catalog.Namespace) error {
		list, err := q.Reader.Sequences(n)
		if err != nil {
			return err
		}
		for _, s := range list {
			if err := yield(n, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func sequences(q *query, yield func(*pgSequence) error) error {
	return q.allSequences("seqrelid", "", func(_ *catalog.Namespace, s *catalog.Sequence) error {
		return yield(&pgSequence{s.OID, s.Type, s.Start, s.Increment, s.Max, s.Min, s.Cache, s.Cycle})
	})
}

type pgSequences struct {
	Schema    string    `pg:"schemaname"`
	Name      string    `pg:"sequencename"`
	Owner     string    `pg:"sequenceowner"`
	Type      types.OID `pg:"data_type"`
	Start     int64     `pg:"start_value"`
	Min       int64     `pg:"min_value"`
	Max       int64     `pg:"max_value"`
	Increment int64     `pg:"increment_by"`
	Cycle     bool      `pg:"cycle"`
	Cache     int64     `pg:"cache_size"`
	Last      *int64    `pg:"last_value"`
}

// lastValuer is what can tell a sequence's counter.
type lastValuer interface {
	LastValue(*catalog.Sequence) (value int64, called bool, err error)
}

func sequenceList(q *query, yield func(*pgSequences) error) error {
	return q.allSequences("", "schemaname", func(n *catalog.Namespace, s *catalog.Sequence) error {
		r := &pgSequences{Schema: n.Path, Name: s.Name, Owner: q.roleName(s.Owner), Type: s.Type, Start: s.Start, Min: s.Min, Max: s.Max,
			Increment: s.Increment, Cycle: s.Cycle, Cache: s.Cache}
		if lv, ok := q.Reader.(lastValuer); ok {
			v, called, err := lv.LastValue(s)
			if err != nil {
				return err
			}
			if called {
				r.Last = &v
			}
		}
		return yield(r)
	})
}

// roleName is a role's name, "unknown (OID=n)" for one that is gone.
func (q *query) roleName(oid catalog.OID) string { return roleName(q.Reader, oid) }

type pgDepend struct {
	ClassID  catalog.OID `pg:"classid"`
	Obj      catalog.OID `pg:"objid"`
	ObjSub   int32       `pg:"objsubid"`
	RefClass catalog.OID `pg:"refclassid"`
	RefObj   catalog.OID `pg:"refobjid"`
	RefSub   int32       `pg:"refobjsubid"`
	Type     string      `pg:"deptype"`
}

// OIDs of catalogs themselves, as pg_depend and pg_description name them.
const (
	classRelation     catalog.OID = 1259
	attrdefRelation   catalog.OID = 2604
	constraintRel     catalog.OID = 2606
	namespaceRelation catalog.OID = 2615
	extensionRelation catalog.OID = 3079
	databaseRelation  catalog.OID = 1262
	roleRelation      catalog.OID = 1260
)

// depends tells which sequences belong to which columns, which defaults use them, and which constraints own which indexes.
func depends(q *query, yield func(*pgDepend) error) error {
	if err := q.allSequences("", "", func(_ *catalog.Namespace, s *catalog.Sequence) error {
		if s.OwnedBy == 0 {
			return nil
		}
		kind := "a"
		if s.Identity {
			kind = "i"
		}
		return yield(&pgDepend{classRelation, s.OID, 0, classRelation, s.OwnedBy, int32(s.OwnedByColumn), kind})
	}); err != nil {
		return err
	}
	return q.tables("", "", "", func(_ *catalog.Namespace, t *catalog.Table) error {
		for c := range t.Live {
			if c.Sequence != 0 && c.Identity == 0 {
				if err := yield(&pgDepend{attrdefRelation, attrdefOID(t, c), 0, classRelation, c.Sequence, 0, "n"}); err != nil {
					return err
				}
			}
		}
		for _, k := range t.Constraints {
			if k.Index != 0 {
				if err := yield(&pgDepend{classRelation, k.Index, 0, constraintRel, k.OID, 0, "i"}); err != nil {
					return err
				}
			}
			for _, num := range k.Columns {
				if err := yield(&pgDepend{constraintRel, k.OID, 0, classRelation, t.OID, int32(num), "a"}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

type pgDescription struct {
	Obj   catalog.OID `pg:"objoid"`
	Class catalog.OID `pg:"classoid"`
	Sub   int32       `pg:"objsubid"`
	Text  string      `pg:"description"`
}

func descriptions(q *query, yield func(*pgDescription) error) error {
	say := func(obj, class catalog.OID, sub int32, text string) error {
		if text == "" {
			return nil
		}
		return yield(&pgDescription{obj, class, sub, text})
	}
	extensions, err := q.Reader.Extensions()
	if err != nil {
		return err
	}
	for _, e := range extensions {
		if err := say(e.OID, extensionRelation, 0, vectorComment); err != nil {
			return err
		}
	}
	return q.schemas("", "", func(n *catalog.Namespace) error {
		if err := say(n.OID, namespaceRelation, 0, n.Comment); err != nil {
			return err
		}
		tables, err := q.Reader.Tables(n)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := say(t.OID, classRelation, 0, t.Comment); err != nil {
				return err
			}
			for c := range t.Live {
				if err := say(t.OID, classRelation, int32(c.Num), c.Comment); err != nil {
					return err
				}
			}
			for _, ix := range t.Indexes {
				if err := say(ix.OID, classRelation, 0, ix.Comment); err != nil {
					return err
				}
			}
			for _, k := range t.Constraints {
				if err := say(k.OID, constraintRel, 0, k.Comment); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

type pgRewrite struct {
	OID     catalog.OID `pg:"oid"`
	Name    string      `pg:"rulename"`
	Class   catalog.OID `pg:"ev_class"`
	Type    string      `pg:"ev_type"`
	Enabled string      `pg:"ev_enabled"`
	Instead bool        `pg:"is_instead"`
}

func rewrites(q *query, yield func(*pgRewrite) error) error {
	return q.tables("ev_class", "", "", func(_ *catalog.Namespace, t *catalog.Table) error {
		if t.ViewQuery == "" {
			return nil
		}
		return yield(&pgRewrite{t.OID | 1<<30, "_RETURN", t.OID, "1", "O", true})
	})
}
