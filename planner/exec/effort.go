package exec

import (
	"math"

	"vecgres/catalog"
)

// effort is how hard a search through one index works, whatever the session says: what the index's own parameters ask for.
type effort struct {
	ivfflat      bool
	lists        int
	targetRecall float64 // WITH (target_recall = …), 0 for none
}

// effortOf reads an index's parameters; they were checked when they were set.
func effortOf(ix *catalog.Index) effort {
	if ix == nil {
		return effort{}
	}
	o, err := ix.ParsedOptions()
	if err != nil {
		return effort{}
	}
	return effort{ivfflat: ix.Method == "ivfflat", lists: o.Lists, targetRecall: o.TargetRecall}
}

// of joins the session's settings with the index's: hnsw.ef_search and ivfflat.probes count for their own kind of index and before a target;
// the session's target counts before the index's. Zeros leave the choice to the engine.
func (e effort) of(set *SearchSettings) (ef int, target float64, exact bool) {
	target = set.TargetRecall
	if target == 0 {
		target = e.targetRecall
	}
	switch {
	case !e.ivfflat:
		return set.EfSearch, target, false
	case set.Probes >= e.lists:
		return 0, 1, true
	case set.Probes > 0:
		return 0, probesRecall(set.Probes, e.lists), false
	}
	return 0, target, false
}

// probesRecall is about the recall that an ivfflat index of so many lists has with so many probes: half of the neighbours are in the nearest
// list, and the square root of the number of lists, which pgvector's manual starts with, finds more than nine of ten. It grows with
// probes, and stays below 1, which is what all lists give.
func probesRecall(probes, lists int) float64 {
	missed := 0.5 * math.Exp(-2.3*float64(probes-1)/math.Sqrt(float64(lists)))
	return math.Min(1-missed, 0.999)
}
