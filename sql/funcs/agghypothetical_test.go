package funcs

import (
	"testing"

	"vecgres/sql/types"
)

// The hypothetical row is compared with rows 1, 2, 2, 3 of which it equals the second and third.
func TestHypotheticalPlaces(t *testing.T) {
	want := map[string]types.Datum{
		"rank": types.Int(2), "dense_rank": types.Int(2), "percent_rank": types.Float(0.25), "cume_dist": types.Float(0.8),
	}
	for name, w := range want {
		s := hypotheticalAggregates[name].make(nil, nil)
		for _, r := range []struct {
			c       int64
			differs bool
		}{{-1, true}, {0, true}, {0, false}, {1, true}} {
			if err := s.Add([]types.Datum{types.Int(r.c), types.Bool(r.differs)}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Result()
		if err != nil || got != w {
			t.Errorf("%s: %v, %v; want %v", name, got, err, w)
		}
	}
}
