package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// checkLocking refuses row locks on queries whose rows are no table's rows.
func checkLocking(s *ast.Select) error {
	if len(s.Locking) == 0 {
		return nil
	}
	what := ""
	switch {
	case s.Distinct || s.DistinctOn != nil:
		what = "DISTINCT clause"
	case len(s.GroupBy) > 0:
		what = "GROUP BY clause"
	case s.Having != nil:
		what = "HAVING clause"
	default:
		return nil
	}
	return notWithLocks(s.Locking[0].Strength, what)
}

func notWithLocks(strength, what string) error {
	return pgerr.New(pgerrcode.FeatureNotSupported, "FOR %s is not allowed with %s", strength, what)
}

// checkLockNames refuses FOR … OF names that FROM does not have, or that are no tables.
func (b *binder) checkLockNames(q *query) error {
	for _, l := range q.locking {
		for _, n := range l.Of {
			it := lockedItem(q, n)
			if it == nil {
				return pgerr.New(pgerrcode.UndefinedTable, "relation \"%s\" in FOR %s clause not found in FROM clause", n.Last(), l.Strength).At(int(n.Pos))
			}
			what := map[itemKind]string{functionItem: "a function", valuesItem: "VALUES", joinItem: "a join", cteItem: "a WITH query"}[it.kind]
			if what != "" {
				return pgerr.New(pgerrcode.FeatureNotSupported, "FOR %s cannot be applied to %s", l.Strength, what).At(int(n.Pos))
			}
		}
		for _, it := range q.items {
			if it.get != nil && it.get.RowID != 0 && it.nullable {
				return pgerr.New(pgerrcode.FeatureNotSupported, "FOR %s cannot be applied to the nullable side of an outer join", l.Strength)
			}
		}
	}
	return nil
}

func lockedItem(q *query, n ast.Name) *item {
	for _, it := range q.items {
		if it.name == n.Last() && (it.kind != joinItem || !it.merged) {
			return it
		}
	}
	return nil
}

// checkLockedTargets refuses locks where the target list turned out to have aggregates and the like.
func (b *binder) checkLockedTargets(p *parts) error {
	if len(p.q.locking) == 0 {
		return nil
	}
	strength := p.q.locking[0].Strength
	switch {
	case len(p.q.aggs) > 0:
		return notWithLocks(strength, "aggregate functions")
	case len(p.q.windows) > 0:
		return notWithLocks(strength, "window functions")
	case len(p.q.sets) > 0:
		return notWithLocks(strength, "set-returning functions in the target list")
	}
	return nil
}

// lockOn is the strongest lock that the query puts on an item, nil for none.
func (q *query) lockOn(name string) *ast.Locking {
	var found *ast.Locking
	for i := range q.locking {
		l := &q.locking[i]
		named := len(l.Of) == 0
		for _, n := range l.Of {
			named = named || n.Last() == name
		}
		if named && (found == nil || lockStrengths[l.Strength] > lockStrengths[found.Strength]) {
			found = l
		}
	}
	return found
}

var lockStrengths = map[string]uint8{"KEY SHARE": 0, "SHARE": 1, "NO KEY UPDATE": 2, "UPDATE": 3}

// lockItem makes a table of FROM give its rows' location when the query locks it. Relations of the catalog have no rows to lock.
func (b *binder) lockItem(q *query, it *item) error {
	l := q.lockOn(it.name)
	if l == nil || it.table.Virtual != nil {
		return nil
	}
	wait := uint8(0)
	for _, o := range q.locking { // of several waits the least patient counts, as in Postgres
		switch o.Wait {
		case "NOWAIT":
			wait = max(wait, 1)
		case "SKIP LOCKED":
			wait = max(wait, 2)
		}
	}
	b.giveRowID(it)
	q.locks = append(q.locks, bound.RowLock{Get: it.get, Strength: lockStrengths[l.Strength], Wait: wait})
	return nil
}

// giveRowID makes a table's node give the engine's location of each row.
func (b *binder) giveRowID(it *item) {
	if it.get.RowID == 0 {
		it.get.RowID = b.newColumn("rowid", types.T(tidOID)).ID
	}
}

func rowIDColumn(g *bound.Get) bound.Column {
	return bound.Column{ID: g.RowID, Name: "rowid", Type: types.T(tidOID)}
}

// withLocking carries row locks on a subquery or view of FROM into it.
func withLocking(q *query, s *ast.Select, name string) *ast.Select {
	l := q.lockOn(name)
	if l == nil || s.Op != ast.SetNone || s.Values != nil {
		return s
	}
	c := *s
	c.Locking = append(append([]ast.Locking(nil), s.Locking...), ast.Locking{Strength: l.Strength, Wait: l.Wait})
	return &c
}
