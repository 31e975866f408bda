package hnsw

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

func randomFlat(r *rand.Rand, n uint32, share float64) *bitmap.Flat {
	f := bitmap.NewFlat(n)
	for i := range n {
		if r.Float64() < share {
			f.Add(i)
		}
	}
	return f
}

// byDistance allows a share of the rows: those nearest to the query, or those farthest from it.
func byDistance(t *testing.T, x *Index, query []float32, share float64, farthest bool) *bitmap.Flat {
	n := x.Vectors.Len()
	all := exact(t, x, query, n, flat.Filter{})
	if farthest {
		slices.Reverse(all)
	}
	f := bitmap.NewFlat(uint32(n))
	for _, h := range all[:int(share*float64(n))] {
		f.Add(h.Ord)
	}
	return f
}

// fallback is the contract between a walk and its caller: what the walk could not find within its budget, an
// exact scan finds.
func fallback(t *testing.T, x *Index, query []float32, opt Options) (hits []Hit, fell bool) {
	t.Helper()
	hits, stats := search(t, x, query, opt)
	if stats.Exhausted {
		return exact(t, x, query, opt.K, flat.Filter{Allowed: opt.Allowed, Excluded: opt.Excluded}), true
	}
	if len(hits) < opt.K && !stats.Complete {
		t.Fatalf("%d hits of %d, neither complete nor exhausted: %+v", len(hits), opt.K, stats)
	}
	return hits, false
}

// TestWalksThatAreNotWorthIt has one row in ten pass, anywhere, around the query or far from it, and a walk be worth twice as many nodes as one without a
// filter follows: too few for matches anywhere, enough for those around the query.
func TestWalksThatAreNotWorthIt(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 16, 12)
		v, queries := w.draw(8000), w.draw(40)
		x := buildIndex(t, v, Params{Metric: distance.L2}, true, nil)
		const ef = 40
		var near, anywhere, far []float64 // 1 for an end in time
		for q := range uint32(40) {
			query := queries.Row(q)
			opt := Options{K: 10, Ef: ef, MaxHops: 2 * ef, Share: 0.1}
			ended := func(f *bitmap.Flat, want bool) float64 {
				opt.Allowed = f
				_, stats := search(t, x, query, opt)
				if stats.Hops > 4*ef {
					t.Errorf("%d nodes followed: %+v", stats.Hops, stats)
				}
				if stats.Exhausted != want {
					return 1
				}
				return 0
			}
			near = append(near, ended(byDistance(t, x, query, 0.1, false), true))
			anywhere = append(anywhere, ended(randomFlat(r, 8000, 0.1), false))
			far = append(far, ended(byDistance(t, x, query, 0.1, true), false))
		}
		claim.AtLeast(t, "walks among matches that end with a result", 0.9, near)
		claim.AtLeast(t, "walks among few matches that give up", 0.9, anywhere)
		claim.AtLeast(t, "walks far from matches that give up", 1, far)
	})
}

func TestFilteredRecall(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 16, 12)
		v, queries := w.draw(8000), w.draw(40)
		for _, withCodes := range []bool{false, true} {
			x := buildIndex(t, v, Params{Metric: distance.L2}, withCodes, nil)
			for _, kind := range []string{"random", "correlated", "anti-correlated"} {
				for _, share := range []float64{0.5, 0.1, 0.01, 0.0005} {
					fell := 0
					var recalls []float64
					for q := range uint32(40) {
						query := queries.Row(q)
						var f *bitmap.Flat
						if kind == "random" {
							f = randomFlat(r, 8000, share)
						} else {
							f = byDistance(t, x, query, share, kind != "correlated")
						}
						hits, fb := fallback(t, x, query, Options{K: 10, Ef: 50, Allowed: f, Budget: 4000})
						if fb {
							fell++
						}
						if len(hits) != min(10, f.Count()) {
							t.Fatalf("%s %v: %d hits of %d allowed", kind, share, len(hits), f.Count())
						}
						for _, h := range hits {
							if !f.Contains(h.Ord) {
								t.Fatalf("%s %v: ordinal %d is not allowed", kind, share, h.Ord)
							}
						}
						recalls = append(recalls, recall(hits, exact(t, x, query, 10, flat.Filter{Allowed: f}), 10))
					}
					claim.AtLeast(t, fmt.Sprintf("codes %v, %s %v, %d of 40 fell back: recall", withCodes, kind, share, fell), 0.97, recalls)
				}
			}
		}
	})
}

func TestExcludedAndAccept(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 4).draw(1000)
	x := buildIndex(t, v, Params{Metric: distance.L2}, false, nil)
	gone := randomFlat(r, 1000, 0.5)
	asked := make(map[uint32]int)
	opt := Options{K: 10, Ef: 60, Excluded: gone, Accept: func(o uint32) bool { asked[o]++; return o%3 == 0 }}
	hits, _ := search(t, x, v.Row(0), opt)
	if len(hits) != 10 {
		t.Fatalf("%d hits", len(hits))
	}
	for _, h := range hits {
		if gone.Contains(h.Ord) || h.Ord%3 != 0 {
			t.Errorf("ordinal %d does not pass", h.Ord)
		}
	}
	for o, times := range asked {
		if times > 1 || gone.Contains(o) {
			t.Errorf("asked %d times about ordinal %d", times, o)
		}
	}
}

func TestNothingAllowed(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 4).draw(1000)
	x := buildIndex(t, v, Params{Metric: distance.L2}, false, nil)
	hits, stats := search(t, x, v.Row(0), Options{K: 10, Allowed: bitmap.NewFlat(1000)})
	if len(hits) != 0 || !stats.Complete || stats.Distances > 200 {
		t.Errorf("%d hits, %+v", len(hits), stats)
	}
}

func TestAllAllowedEqualsNoFilter(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 8, 4)
		v, queries := w.draw(2000), w.draw(20)
		x := buildIndex(t, v, Params{Metric: distance.L2}, false, nil)
		same := make([]float64, 20)
		for q := range same {
			a, _ := search(t, x, queries.Row(uint32(q)), Options{K: 10, Ef: 40})
			b, _ := search(t, x, queries.Row(uint32(q)), Options{K: 10, Ef: 40, Allowed: bitmap.FullFlat(2000)})
			if slices.Equal(a, b) {
				same[q] = 1
			}
		}
		claim.AtLeast(t, "equal answers", 0.95, same) // the wide walk starts from one node more
	})
}

func TestSearcherGivesEverythingOnce(t *testing.T) {
	r := newRand(t)
	w := newWorld(r, 8, 6)
	v, queries := w.draw(3000), w.draw(3)
	for _, withCodes := range []bool{false, true} {
		x := buildIndex(t, v, Params{Metric: distance.L2}, withCodes, nil)
		for name, opt := range map[string]Options{
			"plain":    {Ef: 30},
			"wide":     {Ef: 1000},
			"filtered": {Ef: 30, Allowed: randomFlat(r, 3000, 0.3)},
			"accept":   {Ef: 30, Accept: func(o uint32) bool { return o%2 == 0 }},
		} {
			want := 3000
			switch name {
			case "filtered":
				want = opt.Allowed.Count()
			case "accept":
				want = 1500
			}
			s, err := x.NewSearcher(ctx, queries.Vector(0), opt)
			if err != nil {
				t.Fatal(err)
			}
			seen := make(map[uint32]bool)
			var all []Hit
			for batches := 0; ; batches++ {
				batch, err := s.Next(nil)
				if err != nil {
					t.Fatal(err)
				}
				checkHits(t, batch)
				for _, h := range batch {
					if seen[h.Ord] {
						t.Fatalf("%s: ordinal %d comes twice", name, h.Ord)
					}
					seen[h.Ord] = true
				}
				all = append(all, batch...)
				if len(batch) == 0 {
					break
				}
				if batches > 100 {
					t.Fatalf("%s: no end", name)
				}
			}
			if !s.Stats().Complete || len(all) != want {
				t.Errorf("%s: %d of %d rows, %+v", name, len(all), want, s.Stats())
			}
			s.Close()
		}
	}
}

func TestSearcherFirstBatchIsTheSearch(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 6).draw(2000)
	x := buildIndex(t, v, Params{Metric: distance.L2}, false, nil)
	want, _ := search(t, x, v.Row(7), Options{K: 40, Ef: 40})
	s, err := x.NewSearcher(ctx, v.Vector(7), Options{Ef: 40})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Next(nil)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %d hits against %d", err, len(got), len(want))
	}
}

// TestResumedRecall: asking for more in batches finds as much as asking for all of it at once.
func TestResumedRecall(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 16, 10)
		v, queries := w.draw(6000), w.draw(20)
		x := buildIndex(t, v, Params{Metric: distance.L2}, true, nil)
		var recalls []float64
		for q := range uint32(20) {
			s, err := x.NewSearcher(ctx, queries.Vector(q), Options{Ef: 20})
			if err != nil {
				t.Fatal(err)
			}
			var got []Hit
			for len(got) < 300 {
				if got, err = s.Next(got); err != nil {
					t.Fatal(err)
				}
			}
			s.Close()
			slices.SortFunc(got, func(a, b Hit) int {
				if a.Dist < b.Dist {
					return -1
				}
				return 1
			})
			recalls = append(recalls, recall(got, exact(t, x, queries.Row(q), 200, flat.Filter{}), 200))
		}
		claim.AtLeast(t, "recall@200 after resuming", 0.97, recalls)
	})
}
