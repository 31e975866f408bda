package funcs

import (
	"math"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// percentile collects the sorted values and picks from them by the direct argument: one fraction, or an array of them.
type percentile struct {
	fraction types.Datum
	many     bool
	elem     types.OID // of the result when many
	values   []types.Datum
	pick     func(values []types.Datum, p float64) (types.Datum, error)
}

func (s *percentile) Add(args []types.Datum) error {
	s.fraction = args[0]
	if !args[1].IsNull() {
		s.values = append(s.values, args[1])
	}
	return nil
}

func (s *percentile) Result() (types.Datum, error) {
	if len(s.values) == 0 || s.fraction.IsNull() {
		return types.Null, nil
	}
	if !s.many {
		return s.at(s.fraction)
	}
	fractions := s.fraction.Array()
	if len(fractions.Elems) == 0 {
		return newArray(s.elem, nil), nil
	}
	out := &types.Array{Elem: s.elem, Dims: fractions.Dims, Lower: fractions.Lower}
	for _, f := range fractions.Elems {
		v, err := s.at(f)
		if err != nil {
			return types.Null, err
		}
		out.Elems = append(out.Elems, v)
	}
	return types.ArrayOf(out), nil
}

func (s *percentile) at(fraction types.Datum) (types.Datum, error) {
	if fraction.IsNull() {
		return types.Null, nil
	}
	p := fraction.Float()
	if p < 0 || p > 1 || math.IsNaN(p) {
		return types.Null, pgerr.New(pgerrcode.NumericValueOutOfRange, "percentile value %g is not between 0 and 1", p)
	}
	return s.pick(s.values, p)
}

// discrete is the first value whose share of rows up to it reaches p.
func discrete(values []types.Datum, p float64) (types.Datum, error) {
	return values[max(int(math.Ceil(p*float64(len(values)))), 1)-1], nil
}

// continuous interpolates between the two values around p.
func continuous(between func(low, high types.Datum, share float64) (types.Datum, error)) func([]types.Datum, float64) (types.Datum, error) {
	return func(values []types.Datum, p float64) (types.Datum, error) {
		at := p * float64(len(values)-1)
		low, high := int(math.Floor(at)), int(math.Ceil(at))
		if low == high {
			return values[low], nil
		}
		return between(values[low], values[high], at-float64(low))
	}
}

func betweenFloats(low, high types.Datum, share float64) (types.Datum, error) {
	return types.Float(low.Float() + share*(high.Float()-low.Float())), nil
}

func betweenIntervals(low, high types.Datum, share float64) (types.Datum, error) {
	d, err := types.IntervalSub(high, low)
	if err == nil {
		d, err = types.IntervalMul(d, share)
	}
	if err != nil {
		return types.Null, err
	}
	return types.IntervalAdd(d, low)
}

// mode keeps the value of the longest run of equal ones, the first of equally long runs.
type mode struct {
	t          types.OID
	best, last types.Datum
	most, run  int64
}

func (s *mode) Add(args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	if s.run > 0 && types.Equal(s.t, s.last, args[0]) {
		s.run++
	} else {
		s.last, s.run = args[0], 1
	}
	if s.run > s.most {
		s.best, s.most = s.last, s.run
	}
	return nil
}

func (s *mode) Result() (types.Datum, error) {
	if s.most == 0 {
		return types.Null, nil
	}
	return s.best, nil
}

func percentileSpec(pick func([]types.Datum, float64) (types.Datum, error)) aggregateSpec {
	return aggregateSpec{ordered: true, orderedSet: true, make: func(_ *Context, args []types.Type) AggState {
		return &percentile{many: elementOf(args[0].OID) != 0, elem: args[1].OID, pick: pick}
	}}
}

var percentileAggregates = map[string]aggregateSpec{
	"percentile_disc": percentileSpec(discrete),
	"percentile_cont(double precision ORDER BY double precision)":   percentileSpec(continuous(betweenFloats)),
	"percentile_cont(double precision[] ORDER BY double precision)": percentileSpec(continuous(betweenFloats)),
	"percentile_cont(double precision ORDER BY interval)":           percentileSpec(continuous(betweenIntervals)),
	"percentile_cont(double precision[] ORDER BY interval)":         percentileSpec(continuous(betweenIntervals)),
	"mode": {ordered: true, orderedSet: true, make: func(_ *Context, args []types.Type) AggState { return &mode{t: args[0].OID} }},
}
