package catalog

import (
	"encoding/binary"
	"slices"
)

// A view may read relations of other namespaces than its own. So that who changes such a relation finds the view without asking every namespace,
// the relation's namespace has a fact for it: 'v', the relation's OID, the view's OID → the OID of the view's namespace. A view that went
// with its whole namespace may have left some behind; they are passed over.

func viewLinkKey(relation, view OID) []byte {
	return binary.BigEndian.AppendUint32(oidKey('v', relation), uint32(view))
}

// linkView stores the links of a view that reads what v.DependsOn says and takes away those of its older facts; either may be nil.
func (s *Snapshot) linkView(old, v *Table) error {
	if old != nil && v != nil && slices.Equal(old.DependsOn, v.DependsOn) {
		return nil
	}
	each := func(v *Table, do func(ns NamespaceID, key []byte) error) error {
		if v == nil || v.Kind != KindView {
			return nil
		}
		for _, oid := range v.DependsOn {
			t, err := s.TableByOID(oid)
			if err != nil {
				return err
			}
			if t == nil || t.Namespace == 0 || t.Namespace == v.Namespace || t.Virtual != nil {
				continue
			}
			if err := do(t.Namespace, viewLinkKey(oid, v.OID)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := each(old, func(ns NamespaceID, key []byte) error { return s.remove(ns, key) }); err != nil {
		return err
	}
	return each(v, func(ns NamespaceID, key []byte) error { return changed(s.tx.Put(ns, key, oidValue(v.NamespaceOID))) })
}

// ViewsOver are the views that read a relation, directly or through others, by OID.
func (s *Snapshot) ViewsOver(t *Table) ([]*Table, error) {
	ns, err := s.NamespaceByOID(t.NamespaceOID)
	if err != nil || ns == nil {
		return nil, err
	}
	own, err := s.Tables(ns)
	if err != nil {
		return nil, err
	}
	views, err := s.linkedViews(ns, oidKey('v', t.OID))
	for _, v := range own {
		if slices.Contains(v.DependsOn, t.OID) {
			views = append(views, v)
		}
	}
	slices.SortFunc(views, func(a, b *Table) int { return int(a.OID) - int(b.OID) })
	return views, err
}

// ViewsInto are the views of other namespaces that read relations of one.
func (s *Snapshot) ViewsInto(ns *Namespace) ([]*Table, error) { return s.linkedViews(ns, []byte{'v'}) }

// linkedViews follows the links of a namespace with a prefix.
func (s *Snapshot) linkedViews(ns *Namespace, prefix []byte) ([]*Table, error) {
	type link struct{ relation, view, namespace OID }
	var links []link
	err := s.tx.Scan(ns.ID, prefix, nil, func(key, value []byte) bool {
		if len(key) == 9 && len(value) == 4 {
			links = append(links, link{OID(binary.BigEndian.Uint32(key[1:])), OID(binary.BigEndian.Uint32(key[5:])), OID(binary.BigEndian.Uint32(value))})
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	var views []*Table
	for _, l := range links {
		home, err := s.NamespaceByOID(l.namespace)
		if err != nil {
			return nil, err
		}
		if home == nil {
			continue
		}
		f, err := s.facts(home)
		if err != nil {
			return nil, err
		}
		if v := f.tableOIDs[l.view]; v != nil && slices.Contains(v.DependsOn, l.relation) && !slices.Contains(views, v) {
			views = append(views, v)
		}
	}
	return views, nil
}
