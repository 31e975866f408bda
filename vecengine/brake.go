package vecengine

import (
	"context"
	"time"

	"vecgres/vecengine/flat"
)

// A table that is written to faster than graphs are built has more and more rows that every search has to scan. Writers to a table that is being
// searched are therefore slowed, smoothly: not at all while the scan of those rows takes a search less than brakeFrom, and by up to brakeRowMax a
// row when it takes brakeFull or more. So searches stay fast, and writers keep the pace that the builds can follow, never below a floor.
const (
	brakeFrom    = 5 * time.Millisecond
	brakeFull    = 10 * time.Millisecond
	brakeRowMax  = 200 * time.Microsecond
	brakeWaitMax = 200 * time.Millisecond // of one call
	brakeMemory  = 5 * time.Second        // a search counts for so long
)

// searched notes that the table's vectors are being searched.
func (t *table) searched() { t.state.searchedAt.Store(time.Now().UnixNano()) }

// brake waits as long as rows more of a table must wait.
func (w *tableWrites) brake(ctx context.Context, rows int) error {
	e := w.txn.e
	if w.created || e.opts.NoBackground {
		return nil
	}
	at := w.table.state.searchedAt.Load()
	if at == 0 || time.Since(time.Unix(0, at)) > brakeMemory {
		return nil
	}
	v := w.current()
	if v == nil {
		return nil
	}
	wait := brakeFor(v.scanDebt(), rows)
	if wait < time.Millisecond {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// brakeFor is the wait for some rows when a search scans for so long.
func brakeFor(debt time.Duration, rows int) time.Duration {
	share := min(1, max(0, float64(debt-brakeFrom)/float64(brakeFull-brakeFrom)))
	return min(brakeWaitMax, time.Duration(share*share*float64(rows)*float64(brakeRowMax)))
}

// scanDebt is how long a search scans rows that a graph will serve, of the vector index for which that is longest.
func (v *tableVersion) scanDebt() time.Duration {
	longest := 0.0
	for i := range v.schema.Indexes {
		x := &v.schema.Indexes[i]
		if x.Kind != VectorIndex {
			continue
		}
		bytes := 0
		if x.Computed() {
			bytes = x.Element.RowBytes(x.Dim)
		} else {
			bytes = 4 * v.schema.column(x.Column).Dim
		}
		rows := 0
		for _, r := range v.parts {
			if r.seg == nil || r.seg.vectorIndex(x.ID) == nil {
				rows += r.visible()
			}
		}
		longest = max(longest, float64(rows)*flat.Calibrate().ScanFloat.RowNs(max(bytes, 16), int64(rows*bytes)))
	}
	return time.Duration(longest)
}
