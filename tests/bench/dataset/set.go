package dataset

import (
	"context"
	"fmt"
	"math"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// K is the number of neighbours that every measurement asks for.
const K = 10

// Set is rows to index and queries.
type Set struct {
	Name      string // with the number of rows, so that it can name files
	Metric    distance.Metric
	Train     distance.Slab
	Test      distance.Slab
	TrainFile string // of at least these rows
	TestFile  string

	cache Cache
}

// open reads a set's files, cut to some rows and queries.
func (c Cache) open(name string, m distance.Metric, dim int, trainFile, testFile string, rows, queries int) (*Set, error) {
	s := &Set{Metric: m, TrainFile: trainFile, TestFile: testFile, cache: c}
	var err error
	if s.Train, err = readFloats(trainFile, dim, rows); err != nil {
		return nil, err
	}
	if s.Test, err = readFloats(testFile, dim, queries); err != nil {
		return nil, err
	}
	s.Name = fmt.Sprintf("%s-%d", name, s.Train.Len())
	return s, nil
}

// Title is how tables name the set.
func (s *Set) Title() string {
	return fmt.Sprintf("%s (%d×%d, %v)", s.Name, s.Train.Len(), s.Train.Dim, s.Metric)
}

// Kth is the exact distance of each query's K-th neighbour, from the cache or by the flat kernels.
func (s *Set) Kth(ctx context.Context) ([]float32, error) {
	name := fmt.Sprintf("%s-%d.kth", s.Name, s.Test.Len())
	path, err := s.cache.Make(name, func(path string) error {
		kth, err := s.findKth(ctx)
		if err != nil {
			return err
		}
		return writeFloats(path, kth)
	})
	if err != nil {
		return nil, err
	}
	kth, err := readFloats(path, 1, s.Test.Len())
	return kth.Data, err
}

func (s *Set) findKth(ctx context.Context) ([]float32, error) {
	n := s.Test.Len()
	tops, rows := make([]*flat.TopK, n), make([]distance.Vector, n)
	for i := range tops {
		tops[i], rows[i] = flat.NewTopK(K), s.Test.Vector(uint32(i))
	}
	if err := flat.ScanMany(ctx, s.Metric, rows, s.Train, flat.Filter{}, nil, tops); err != nil {
		return nil, err
	}
	kth := make([]float32, n)
	for i, t := range tops {
		kth[i] = t.Worst()
	}
	return kth, nil
}

// Found counts which of some rows are among the K nearest of a query: those no farther than the K-th, so that ties count for whoever
// found them. Both sides of a comparison are judged by it, by the distances of our kernels and not by their own.
func (s *Set) Found(query int, kth float32, ords []uint32) int {
	limit := kth + 1e-6*float32(math.Abs(float64(kth)))
	if s.Metric == distance.Cosine {
		limit += 1e-6 // 1 - cos of float32 sums is good to about this
	}
	n := 0
	for _, ord := range ords {
		if int(ord) < s.Train.Len() && distance.Pair(s.Metric, s.Test.Row(uint32(query)), s.Train.Row(ord)) <= limit {
			n++
		}
	}
	return n
}
