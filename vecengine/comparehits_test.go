package vecengine

import "testing"

// TestCompareHits counts rows at the last distance as found whichever they are, and names the others.
func TestCompareHits(t *testing.T) {
	hits := func(pairs ...float32) (out []Hit) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, Hit{Loc: Loc{Row: RowID(pairs[i])}, Distance: pairs[i+1]})
		}
		return out
	}
	null := Hit{Loc: Loc{Row: 99}, Null: true}
	for _, c := range []struct {
		found, exact  []Hit
		foundN, wants int
		missed        []RowID
	}{
		{hits(1, 1, 2, 2), hits(1, 1, 2, 2), 2, 2, nil},
		{hits(1, 1, 3, 2), hits(1, 1, 2, 2), 2, 2, nil},
		{hits(1, 1, 4, 4, 5, 5), hits(1, 1, 2, 2, 3, 3), 1, 3, []RowID{2, 3}},
		{hits(1, -9, 4, -7), hits(1, -9, 2, -8), 1, 2, []RowID{2}},
		{append(hits(1, 1), null), append(hits(1, 1), null), 1, 1, nil},
		{nil, hits(1, 1), 0, 1, []RowID{1}},
		{nil, nil, 0, 0, nil},
	} {
		got := CompareHits(c.found, c.exact)
		if got.Found != c.foundN || got.Wanted != c.wants || len(got.Missed) != len(c.missed) {
			t.Errorf("%v against %v gave %+v", c.found, c.exact, got)
			continue
		}
		for i, row := range c.missed {
			if got.Missed[i].Row != row {
				t.Errorf("%v against %v misses %v, not %v", c.found, c.exact, got.Missed, c.missed)
			}
		}
	}
	if r := CompareHits(nil, nil).Recall(); r != 1 {
		t.Errorf("recall of nothing is %v", r)
	}
}
