package dataset

import (
	"slices"
	"strings"
	"testing"

	"vecgres/vecengine/distance"
)

func TestParseWords(t *testing.T) {
	vector := func(first string) string { return "[" + first + strings.Repeat(",0.5", wordsDim-1) + ",1.5,7]" }
	got, err := parseWords(strings.NewReader(`{"words":["a"],"vectors":{"a":` + vector("1") + `,"\"]":` + vector("-2e0") +
		`,"none":[0` + strings.Repeat(",0", wordsDim) + `,1]},"unkVector":[0]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2*wordsDim || got[0] != 1 || got[wordsDim] != -2 || got[1] != 0.5 {
		t.Error(len(got), got[:2])
	}
	if _, err := parseWords(strings.NewReader(`{"vectors":{"a":[1,2]}`)); err == nil {
		t.Error("a short vector passed")
	}
}

func TestClusteredIsAPrefix(t *testing.T) {
	c := Cache{t.TempDir()}
	small, err := c.Clustered(50, 16, 5)
	if err != nil {
		t.Fatal(err)
	}
	large, err := c.Clustered(100, 16, 5)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(small.Train.Data, large.Train.Data[:50*16]) || !slices.Equal(small.Test.Data, large.Test.Data) {
		t.Error("the smaller set is no prefix of the larger")
	}
}

func TestKthIsExactAndKept(t *testing.T) {
	s, err := Cache{t.TempDir()}.Clustered(300, 16, 7)
	if err != nil {
		t.Fatal(err)
	}
	kth, err := s.Kth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for q := range 7 {
		var all []float32
		for i := range s.Train.Len() {
			all = append(all, distance.Pair(s.Metric, s.Test.Row(uint32(q)), s.Train.Row(uint32(i))))
		}
		slices.Sort(all)
		if diff := kth[q] - all[K-1]; diff > 1e-4*kth[q] || diff < -1e-4*kth[q] {
			t.Errorf("query %d: %v, not %v", q, kth[q], all[K-1])
		}
		ords := make([]uint32, s.Train.Len()+1) // one past the end is never found
		for i := range ords {
			ords[i] = uint32(i)
		}
		if n := s.Found(q, kth[q], ords); n != K {
			t.Errorf("query %d: %d rows within the distance of the %dth", q, n, K)
		}
	}
	s.Train.Data = nil // the second time nothing is computed
	again, err := s.Kth(t.Context())
	if err != nil || !slices.Equal(kth, again) {
		t.Error(err, "kept distances differ")
	}
}
