package pgcatalog

import "vecgres/catalog"

type recallStats struct {
	Schema    string      `pg:"schemaname"`
	Table     string      `pg:"relname"`
	IndexName string      `pg:"indexrelname"`
	Rel       catalog.OID `pg:"relid"`
	Index     catalog.OID `pg:"indexrelid"`
	Checked   int64       `pg:"checked"`
	Abandoned int64       `pg:"abandoned"`
	Wanted    int64       `pg:"rows_wanted"`
	Found     int64       `pg:"rows_found"`
	Mean      *float64    `pg:"mean_recall"`
	Worst     *float64    `pg:"worst_recall"`
	Last      *float64    `pg:"last_recall"`
	Target    *float64    `pg:"target_recall"`
	Effort    float64     `pg:"effort"`
	LastAt    *int64      `pg:"last_check"`
}

// recallRows lists the vector indexes of the current database whose searches have been checked.
func recallRows(q *query, yield func(*recallStats) error) error {
	if q.Engine == nil {
		return nil
	}
	byStorage := map[catalog.StorageID][]catalog.RecallStat{}
	for _, s := range q.Engine.RecallStats() {
		byStorage[s.Storage] = append(byStorage[s.Storage], s)
	}
	if len(byStorage) == 0 {
		return nil
	}
	return q.tables("relid", "", "schemaname", func(n *catalog.Namespace, t *catalog.Table) error {
		for _, s := range byStorage[t.Storage] {
			for _, ix := range t.Indexes {
				if ix.ID != s.Index {
					continue
				}
				if err := yield(recallRow(n, t, ix, &s)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func recallRow(n *catalog.Namespace, t *catalog.Table, ix *catalog.Index, s *catalog.RecallStat) *recallStats {
	r := &recallStats{Schema: n.Path, Table: t.Name, IndexName: ix.Name, Rel: t.OID, Index: ix.OID, Checked: s.Checked, Abandoned: s.Abandoned,
		Wanted: s.Wanted, Found: s.Found, Effort: s.Effort}
	if s.Checked > 0 {
		r.Mean, r.Worst, r.Last, r.LastAt = &s.Mean, &s.Worst, &s.Last, &s.LastAt
	}
	if s.Target > 0 {
		r.Target = &s.Target
	}
	return r
}
