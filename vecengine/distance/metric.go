package distance

import "fmt"

// Metric names a distance. The numbers are part of file formats and never change.
type Metric uint8

// The metrics. The engine's distance of each is smaller for nearer vectors.
const (
	L2           Metric = 1 // squared Euclidean distance; SQL takes the root
	InnerProduct Metric = 2 // negated inner product
	Cosine       Metric = 3 // 1 - cos, clamped to [0, 2]; NaN if either norm is zero
	L1           Metric = 4 // taxicab distance
	Hamming      Metric = 5 // differing bits; bit strings only
	Jaccard      Metric = 6 // 1 - |a∧b|/|a∨b|; bit strings only
)

// String is the metric's name as EXPLAIN and file dumps print it.
func (m Metric) String() string {
	switch m {
	case L2:
		return "l2"
	case InnerProduct:
		return "inner_product"
	case Cosine:
		return "cosine"
	case L1:
		return "l1"
	case Hamming:
		return "hamming"
	case Jaccard:
		return "jaccard"
	}
	return fmt.Sprintf("metric(%d)", uint8(m))
}

// Valid tells whether m is one of the metrics.
func (m Metric) Valid() bool { return m >= L2 && m <= Jaccard }
