package hnsw

import (
	"context"
	"fmt"
	"slices"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// LearnOptions say what to measure; zero values mean the defaults.
type LearnOptions struct {
	Queries int          // sample size; 300
	Ks      []int        // ascending; 1, 10, 100
	Efs     []int        // ascending; 10 to 1,800 in steps of about 1.4
	Skip    *bitmap.Flat // rows that are no nodes because they have no vector
	Seed    uint64
	// Asked tells that the codes were asked for by name: walks go by them unless no ef makes them reach DefaultTargetRecall.
	Asked bool
}

func (o LearnOptions) withDefaults() LearnOptions {
	if o.Queries <= 0 {
		o.Queries = 300
	}
	if len(o.Ks) == 0 {
		o.Ks = []int{1, 10, 100}
	}
	if len(o.Efs) == 0 {
		o.Efs = []int{10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 450, 640, 900, 1280, 1800}
	}
	return o
}

// codesLoss is how much recall walks on codes may lose on average against walks on vectors at the same ef. A
// table of walks on codes asks for the ef that makes up for it, which costs a tenth of what codes save.
const codesLoss = 0.01

// LearnRecall measures recall@k by ef against exact answers, on a sample of the index's own vectors. Each sampled
// vector is left out of its own search, not only out of the answer: a walk that may step on the query itself
// finds the links that were chosen for it, and looks better than walks for other queries are. What is left errs
// on the safe side, since links through the node are missing (measured at ef 20 on Fashion-MNIST: 0.963, where
// queries that are not in the graph reach 0.979; on word vectors the two agree within 0.005).
//
// Where the index has codes, walks on codes are measured in full and walks on vectors at a few ef, unless codes
// lose recall; the table is of the way that UseCodes names. The cost is one pass over the vectors for the truth
// and Queries walks for each ef; ef stops growing once every k is at 0.9995. Errors: ErrParams, ctx's.
func LearnRecall(ctx context.Context, x *Index, opt LearnOptions) (*Table, error) {
	opt = opt.withDefaults()
	if !ascending(opt.Ks) || !ascending(opt.Efs) {
		return nil, fmt.Errorf("%w: ks and efs must ascend", ErrParams)
	}
	sample := x.sampleNodes(opt)
	truth, err := x.truth(ctx, sample, opt)
	if err != nil {
		return nil, err
	}
	if x.Codes == nil || len(sample) == 0 {
		return x.measure(ctx, sample, truth, opt, WalkFloat)
	}
	byCodes, err := x.measure(ctx, sample, truth, opt, WalkCodes)
	if err != nil {
		return nil, err
	}
	if opt.Asked && byCodes.reaches(DefaultTargetRecall) {
		byCodes.UseCodes = true
		return byCodes, nil
	}
	few := opt
	few.Efs = nil
	for i := min(2, len(opt.Efs)-1); i < len(byCodes.Efs); i += 3 {
		few.Efs = append(few.Efs, opt.Efs[i])
	}
	floats, err := x.measure(ctx, sample, truth, few, WalkFloat)
	if err != nil {
		return nil, err
	}
	if keepsRecall(byCodes, floats) {
		byCodes.UseCodes = true
		return byCodes, nil
	}
	return x.measure(ctx, sample, truth, opt, WalkFloat)
}

// reaches tells whether some ef measured has a recall for every k.
func (t *Table) reaches(target float64) bool {
	for _, row := range t.Recall {
		if len(row) == 0 || float64(slices.Max(row)) < target {
			return false
		}
	}
	return true
}

// keepsRecall compares tables wherever both were measured and recall is of use. It looks at the mean: a single
// point of a small sample moves by more than codes cost.
func keepsRecall(codes, floats *Table) bool {
	lost, points := 0.0, 0
	for i := range floats.Ks {
		for j, ef := range floats.Efs {
			at, measured := slices.BinarySearch(codes.Efs, ef)
			if measured && floats.Recall[i][j] >= 0.8 {
				lost += float64(floats.Recall[i][j] - codes.Recall[i][at])
				points++
			}
		}
	}
	return points == 0 || lost/float64(points) <= codesLoss
}

// sampleNodes picks nodes of layer 0 alone: the others are on the way of every descent.
func (x *Index) sampleNodes(opt LearnOptions) []uint32 {
	onUpper := make(map[uint32]bool)
	if len(x.Graph.upper) > 0 {
		for _, ord := range x.Graph.upper[0].nodes {
			onUpper[ord] = true
		}
	}
	if x.Graph.nodes < 3 {
		return nil
	}
	at := x.Graph.layer(0)
	var sample []uint32
	taken := make(map[uint32]bool)
	for try := uint64(0); len(sample) < opt.Queries && try < 20*uint64(opt.Queries); try++ {
		ord := uint32(mix(opt.Seed+mix(try)) % uint64(x.Graph.rows))
		if at.row(ord)[0] == none || onUpper[ord] || taken[ord] || ord == x.Graph.entryOrdinal() {
			continue
		}
		taken[ord] = true
		sample = append(sample, ord)
	}
	return sample
}

// truth is, for each sampled node, the other nodes nearest to it, as many as the largest k.
func (x *Index) truth(ctx context.Context, sample []uint32, opt LearnOptions) ([][]Hit, error) {
	queries := make([]distance.Vector, len(sample))
	tops := make([]*flat.TopK, len(sample))
	for i, ord := range sample {
		queries[i] = x.Vectors.Vector(ord)
		tops[i] = flat.NewTopK(opt.Ks[len(opt.Ks)-1])
	}
	f := flat.Filter{Excluded: opt.Skip}
	if err := flat.ScanMany(ctx, x.Graph.metric, queries, x.Vectors, f, sample, tops); err != nil {
		return nil, err
	}
	truth := make([][]Hit, len(sample))
	for i, top := range tops {
		truth[i] = top.Hits(nil)
	}
	return truth, nil
}

func (x *Index) measure(ctx context.Context, sample []uint32, truth [][]Hit, opt LearnOptions, walk Walk) (*Table, error) {
	t := &Table{Ks: opt.Ks, Queries: len(sample), Recall: make([][]float32, len(opt.Ks))}
	var hits []Hit
	for _, ef := range opt.Efs {
		found := make([]float64, len(opt.Ks))
		for i, ord := range sample {
			for j, k := range opt.Ks {
				if j > 0 && ef < opt.Ks[j-1] {
					break // a beam narrower than the smaller k finds no more for this one
				}
				var err error
				hits, err = x.searchWithout(ctx, ord, k, max(ef, k), walk, hits[:0])
				if err != nil {
					return nil, err
				}
				found[j] += recall(hits, truth[i], k)
			}
		}
		t.Efs = append(t.Efs, ef)
		done := true
		for j := range opt.Ks {
			r := float32(0)
			if len(sample) > 0 {
				r = float32(found[j] / float64(len(sample)))
			}
			t.Recall[j] = append(t.Recall[j], r)
			done = done && r >= 0.9995
		}
		if done {
			break
		}
	}
	return t, nil
}

// searchWithout searches for a node's own vector in the graph without that node.
func (x *Index) searchWithout(ctx context.Context, ord uint32, k, ef int, walk Walk, dst []Hit) ([]Hit, error) {
	w := getWalker(ctx)
	defer w.release()
	w.bind(x, x.Vectors.Vector(ord), walk == WalkCodes)
	w.skip = ord
	opt := Options{K: k, Ef: ef}
	stats := Stats{Ef: x.beam(opt, w.byCodes)}
	keys, err := w.run(x.Graph, opt, &stats, false)
	if err != nil {
		return dst, err
	}
	dst, _ = w.finish(keys, k, dst)
	return dst, nil
}

// recall is the share of the first k true hits that hits came as near as. Distances are compared, so that
// any of several rows at the k-th distance counts.
func recall(hits, truth []Hit, k int) float64 {
	truth = truth[:min(k, len(truth))]
	if len(truth) == 0 {
		return 1
	}
	limit := truth[len(truth)-1].Dist
	limit += 1e-6 * max(limit, -limit)
	near := 0
	for _, h := range hits[:min(k, len(hits))] {
		if h.Dist <= limit {
			near++
		}
	}
	return float64(min(near, len(truth))) / float64(len(truth))
}
