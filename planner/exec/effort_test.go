package exec

import (
	"testing"

	"vecgres/catalog"
)

// TestEffort joins settings and parameters of indexes.
func TestEffort(t *testing.T) {
	hnsw := effortOf(&catalog.Index{Method: "hnsw", Options: map[string]string{"target_recall": "0.9"}})
	plain := effortOf(&catalog.Index{Method: "hnsw"})
	ivf := effortOf(&catalog.Index{Method: "ivfflat", Options: map[string]string{"lists": "16"}})
	type result struct {
		ef     int
		target float64
		exact  bool
	}
	for _, c := range []struct {
		e    effort
		set  SearchSettings
		want result
	}{
		{plain, SearchSettings{}, result{}},
		{plain, SearchSettings{EfSearch: 80, TargetRecall: 0.7, Probes: 500}, result{80, 0.7, false}},
		{hnsw, SearchSettings{}, result{0, 0.9, false}},
		{hnsw, SearchSettings{TargetRecall: 0.7}, result{0, 0.7, false}},
		{ivf, SearchSettings{EfSearch: 80}, result{}},
		{ivf, SearchSettings{TargetRecall: 0.7}, result{0, 0.7, false}},
		{ivf, SearchSettings{Probes: 1}, result{0, 0.5, false}},
		{ivf, SearchSettings{Probes: 16, TargetRecall: 0.7}, result{0, 1, true}},
		{ivf, SearchSettings{Probes: 20}, result{0, 1, true}},
	} {
		var got result
		if got.ef, got.target, got.exact = c.e.of(&c.set); got != c.want {
			t.Errorf("%+v with %+v: %+v, want %+v", c.e, c.set, got, c.want)
		}
	}
}

// TestProbesRecall tells that more probes never ask for less, and that the manual's number of probes asks for nine of ten.
func TestProbesRecall(t *testing.T) {
	for _, lists := range []int{2, 10, 100, 1000, 32768} {
		for p := 1; p < min(lists, 1000); p++ {
			if a, b := probesRecall(p, lists), probesRecall(p+1, lists); a > b || a < 0.5 || b >= 1 {
				t.Fatalf("lists %d: %d probes %v, then %v", lists, p, a, b)
			}
		}
	}
	if r := probesRecall(10, 100); r < 0.9 {
		t.Errorf("10 probes of 100 lists: %v", r)
	}
}
