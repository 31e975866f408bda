// Package cost estimates rows and costs, for EXPLAIN, for the order of joins and for the choice between scans. How a filtered vector search
// is done is not decided here: the engine does, per segment, at run time.
//
// Costs are in Postgres' unit: reading one page front to back is 1.
package cost

import "math"

// TableStats is what is known of a table's size.
type TableStats struct {
	Rows  float64
	Bytes float64
}

// Rows that are assumed of a table that is empty or unknown now: a plan outlives the moment, as Postgres assumes ten pages.
const unknownRows = 1000

// Assumed is the row count to plan with.
func (s TableStats) Assumed() float64 { return math.Max(s.Rows, unknownRows) }

// The unit costs.
const (
	CPUTuple    = 0.01
	CPUOperator = 0.0025
	RandomRow   = 0.05 // reading a row by its place
	KeyLookup   = 0.3  // finding a key in an index
	PageBytes   = 8192
	HashRow     = 0.015
	Distance    = 0.0025 // one vector distance
)

// Cost is until the first row and until the last.
type Cost struct{ Start, Total float64 }

// Scan reads rows of a table with a number of conditions on each.
func Scan(s TableStats, conditions int) Cost {
	return Cost{0, s.Bytes/PageBytes/10 + s.Rows*(CPUTuple+float64(conditions)*CPUOperator)}
}

// IndexScan reads rows by ranges of keys.
func IndexScan(rows, ranges float64, conditions int) Cost {
	return Cost{KeyLookup, math.Max(ranges, 1)*KeyLookup + rows*(RandomRow+CPUTuple+float64(conditions)*CPUOperator)}
}

// VectorScan finds the k nearest of some rows that pass a filter of a selectivity.
func VectorScan(s TableStats, k, selectivity float64, indexed bool) Cost {
	visited := s.Rows * selectivity
	if indexed {
		visited = math.Min(visited, 40*math.Log2(2+s.Rows)+k*8)
	}
	c := KeyLookup + visited*Distance + k*RandomRow
	return Cost{c, c}
}

// Sort orders rows; with a bound k it keeps only so many.
func Sort(in Cost, rows, k float64) Cost {
	n := rows
	if k > 0 {
		n = math.Min(k, rows)
	}
	start := in.Total + rows*math.Log2(math.Max(n, 2))*2*CPUOperator
	return Cost{start, start + n*CPUOperator}
}

// HashJoin builds a table of the right rows and probes it with the left ones.
func HashJoin(left, right Cost, leftRows, rightRows, out float64) Cost {
	start := right.Total + rightRows*HashRow
	return Cost{start + left.Start, start + left.Total + leftRows*CPUOperator + out*CPUTuple}
}

// NestLoop runs the right side for each left row; its first run costs right, every other again.
func NestLoop(left, right Cost, again, leftRows, out float64) Cost {
	return Cost{left.Start + right.Start, left.Total + right.Total + math.Max(leftRows-1, 0)*again + out*CPUTuple}
}

// Clamp makes an estimate of rows a sensible number.
func Clamp(rows float64) float64 {
	if rows < 1 || math.IsNaN(rows) {
		return 1
	}
	return math.Min(math.Round(rows), 1e15)
}
