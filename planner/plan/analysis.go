package plan

import "time"

// Analysis is what EXPLAIN ANALYZE learnt of a run, by operator. For one goroutine.
type Analysis struct {
	Timing        bool
	Recall        bool // vector searches are compared with the exact answers
	nodes         map[Node]*Actual
	PlanningTime  time.Duration
	ExecutionTime time.Duration
}

// NewAnalysis starts an analysis; timing asks for the operators' times.
func NewAnalysis(timing bool) *Analysis { return &Analysis{Timing: timing, nodes: map[Node]*Actual{}} }

// Of is the record of an operator.
func (a *Analysis) Of(n Node) *Actual {
	act, ok := a.nodes[n]
	if !ok {
		act = &Actual{Timing: a.Timing}
		a.nodes[n] = act
	}
	return act
}

// Actual is what an operator did, summed over its loops.
type Actual struct {
	Timing bool
	Loops  int64
	Rows   int64
	Start  time.Duration // until each loop's first row
	Total  time.Duration
	Search SearchActual // VectorScan
}

// SearchActual is what vector searches did, in the engine's terms, summed over Searches.
type SearchActual struct {
	Searches, Parts, GraphParts, ExactParts     int
	Distances, Visited, FilterRows, VisibleRows int64
	EfSearch                                    int
	Approximate, FellBack                       bool
	Strategy, WhyNotGraph                       string
	TargetRecall                                float64 // that the effort was chosen for; 0: it was given

	// With Analysis.Recall: of Wanted nearest rows of Checked searches Found were found, Missed are the keys of others, MissedMore counts the rest.
	Checked, Wanted, Found, MissedMore int64
	Missed                             []string
}

// Add sums up one more search.
func (s *SearchActual) Add(o SearchActual) {
	s.Searches += o.Searches
	s.Parts += o.Parts
	s.GraphParts += o.GraphParts
	s.ExactParts += o.ExactParts
	s.Distances += o.Distances
	s.Visited += o.Visited
	s.FilterRows += o.FilterRows
	s.VisibleRows += o.VisibleRows
	s.EfSearch = max(s.EfSearch, o.EfSearch)
	s.TargetRecall = max(s.TargetRecall, o.TargetRecall)
	s.Approximate = s.Approximate || o.Approximate
	s.FellBack = s.FellBack || o.FellBack
	if o.Strategy != "" {
		s.Strategy = o.Strategy
	}
	if o.WhyNotGraph != "" {
		s.WhyNotGraph = o.WhyNotGraph
	}
}
