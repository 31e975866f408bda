package vecengine

import (
	"context"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
)

// ScanRequest asks for the visible rows that satisfy all predicates.
type ScanRequest struct {
	Columns []ColumnID // columns to fill, in this order
	Filter  []Predicate
	RowIDs  bool // fill ScanBatch.Locs
	MaxRows int  // batch size hint; 0: 1024
}

// ScanBatch is a batch of a scan. Its columns may alias mapped files and are valid until the View is closed; Sel lists the rows that count.
// Locs, when asked for, is parallel to the rows that count (Locs[i] belongs to Sel[i], or to row i where Sel is nil).
type ScanBatch struct {
	column.Batch
	Locs []Loc
}

// KeyScanRequest asks for rows in key order.
type KeyScanRequest struct {
	Index   IndexID
	Range   KeyRange
	Reverse bool
	Columns []ColumnID
	Filter  []Predicate
	RowIDs  bool
	MaxRows int
}

// Scanner iterates batches. Next gives nil at the end.
type Scanner interface {
	Next(ctx context.Context) (*ScanBatch, error)
	Close()
}

// SearchRequest asks for the K rows nearest to Query by Metric among those visible that satisfy Filter and Residual.
type SearchRequest struct {
	// Index names a vector index: its vectors are searched, by its graph where Metric is its own. 0: those of Column, by any index on it.
	Index  IndexID
	Column ColumnID
	Metric distance.Metric
	Query  distance.Vector
	K      int
	Offset int // hits to skip, counted into the effort

	// MaxDistance, when not nil, leaves out rows farther than it (in the engine's distance; < unless MaxInclusive).
	MaxDistance  *float32
	MaxInclusive bool

	EfSearch     int     // 0: chosen for TargetRecall
	TargetRecall float64 // 0: the index's, else 0.98
	Exact        bool    // no graph
	CheckRate    float64 // share of the searches by a graph that are compared with the exact answer in the background; see Engine.RecallStats

	Filter []Predicate
	// Residual, when not nil, tells which of some candidate rows also pass; called with rows that pass Filter, as the walk meets them, until K pass.
	// It must be safe to call more than once for a row.
	Residual func(locs []Loc, keep []bool) error
	// IncludeNull appends rows whose vector or distance is NULL or NaN when fewer than K others pass, as a sequential scan would order them.
	IncludeNull bool
	// Absent, when not nil, tells which of some rows without a vector in a computed index IncludeNull may append: those outside a partial
	// index have none either, and do not match. It must test all that makes a row match which the index's predicate stands for.
	Absent func(locs []Loc, keep []bool) error
	// AbsentFilter is the part of Absent that predicates can say. They hold for all rows in the index.
	AbsentFilter []Predicate
	// TieKey, when it names a key index, breaks ties of distance by its key bytes; else by row id.
	TieKey IndexID
}

// Hit is a search result. Null tells that the distance is NULL or NaN. Distance is as the metric's documentation says (L2 squared, inner product negated).
type Hit struct {
	Loc
	Distance float32
	Null     bool
}

// SearchStats tells what a search did, summed over parts.
type SearchStats struct {
	Parts       int // with visible rows
	GraphParts  int // parts answered by the graph
	ExactParts  int
	Distances   int64 // distances computed
	Visited     int64 // graph nodes visited
	FilterRows  int64 // visible rows that passed Filter, where counted
	VisibleRows int64
	EfSearch    int // largest used
	// TargetRecall is what the effort was chosen for; 0 where it was given, or no graph was looked at.
	TargetRecall float64
	Approximate  bool
	FellBack     bool   // a graph walk ended in an exact scan
	Strategy     string // for EXPLAIN: "graph", "exact", "graph with bitmap", "exact over bitmap", joined by ", " when parts differ
	WhyNotGraph  string // when an index exists and was not used
}

// TableStats is a table's size as a View sees it, cheap to get.
type TableStats struct {
	Rows     int64 // visible
	Dead     int64
	Bytes    int64 // without indexes: see Table.IndexBytes
	Segments int
	HeadRows int64
}

// Progress of a background or foreground build.
type Progress struct {
	Namespace NamespaceID
	Table     TableID
	Index     IndexID
	Phase     string // "merging", "building graph", "learning recall", "writing"
	Done      int64
	Total     int64
}
