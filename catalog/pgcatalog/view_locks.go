package pgcatalog

import (
	"cmp"
	"slices"

	"vecgres/catalog"
)

type pgLocks struct {
	Type     string       `pg:"locktype"`
	Database *catalog.OID `pg:"database"`
	Relation *catalog.OID `pg:"relation"`
	ClassID  *catalog.OID `pg:"classid"`
	ObjID    *catalog.OID `pg:"objid"`
	ObjSubID *int64       `pg:"objsubid"`
	PID      *int64       `pg:"pid"`
	Mode     string       `pg:"mode"`
	Granted  bool         `pg:"granted"`
	FastPath bool         `pg:"fastpath"`
}

// lockModeNames are Postgres' names of the table lock modes.
var lockModeNames = [...]string{"", "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
	"ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}

// locks lists the locks of relations and the advisory ones; rows and transactions only where somebody waits for them. Locks of relations of
// other databases have no relation here.
func locks(q *query, yield func(*pgLocks) error) error {
	if q.Engine == nil {
		return nil
	}
	list := q.Engine.Locks()
	slices.SortFunc(list, func(a, b catalog.Lock) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Storage, b.Storage),
			cmp.Compare(a.Advisory[0], b.Advisory[0]), cmp.Compare(a.Advisory[1], b.Advisory[1]), cmp.Compare(a.Mode, b.Mode))
	})
	named := map[catalog.StorageID]catalog.OID{}
	if slices.ContainsFunc(list, func(l catalog.Lock) bool { return l.Storage != 0 }) {
		if err := q.tables("relid", "", "", func(_ *catalog.Namespace, t *catalog.Table) error {
			named[t.Storage] = t.OID
			return nil
		}); err != nil {
			return err
		}
	}
	for _, l := range list {
		r, ok := lockRow(q, l, named)
		if !ok {
			continue
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// lockWaits is what each session waits for, by process id.
func lockWaits(q *query) map[int32]string {
	if q.Engine == nil {
		return nil
	}
	waits := map[int32]string{}
	for _, l := range q.Engine.Locks() {
		if !l.Granted {
			waits[l.PID] = l.Kind
		}
	}
	return waits
}

// lockRow makes a row of a lock; not of a lock on the catalog's own storage.
func lockRow(q *query, l catalog.Lock, named map[catalog.StorageID]catalog.OID) (*pgLocks, bool) {
	r := &pgLocks{Type: l.Kind, Mode: lockModeNames[l.Mode], Granted: l.Granted}
	if l.PID != 0 {
		pid := int64(l.PID)
		r.PID = &pid
	}
	if l.Kind == "advisory" {
		database, class, object, sub := catalog.OID(l.Advisory[0]>>1), catalog.OID(l.Advisory[1]>>32), catalog.OID(uint32(l.Advisory[1])), int64(1+l.Advisory[0]&1)
		r.Database, r.ClassID, r.ObjID, r.ObjSubID = &database, &class, &object, &sub
		return r, true
	}
	if l.Storage == 0 {
		return r, true
	}
	oid, ok := named[l.Storage]
	if ok {
		db := q.Reader.Database().OID
		r.Database, r.Relation = &db, &oid
	}
	return r, ok || l.Kind == "tuple"
}
