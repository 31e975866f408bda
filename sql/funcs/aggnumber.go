package funcs

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// int128 is a two's complement sum of int64s, which no number of rows overflows.
type int128 struct {
	hi int64
	lo uint64
}

func (s *int128) add(v int64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, uint64(v), 0)
	s.hi += v>>63 + int64(carry)
}

func (s int128) numeric() *apd.Decimal {
	if s.hi == int64(s.lo)>>63 {
		return types.NumericFromInt64(int64(s.lo))
	}
	v := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	return decimalOf(v.Add(v, new(big.Int).SetUint64(s.lo)), 0)
}

// intSum is sum over integers: of int2 and int4 a bigint, of int8 a numeric.
type intSum struct {
	sum     int128
	n       int64
	numeric bool
}

func (s *intSum) Add(args []types.Datum) error {
	s.n++
	s.sum.add(args[0].Int())
	return nil
}

func (s *intSum) Result() (types.Datum, error) {
	switch {
	case s.n == 0:
		return types.Null, nil
	case s.numeric:
		return types.Numeric(s.sum.numeric()), nil
	case s.sum.hi != int64(s.sum.lo)>>63:
		return types.Null, int8Width.outOfRange()
	}
	return types.Int(int64(s.sum.lo)), nil
}

// intMean is avg over integers, a numeric.
type intMean struct{ intSum }

func (s *intMean) Result() (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	return numericResult(types.NumericDiv(s.sum.numeric(), types.NumericFromInt64(s.n)))
}

type numericMean struct {
	sum *apd.Decimal
	n   int64
}

func (s *numericMean) Add(args []types.Datum) (err error) {
	s.n++
	if s.sum == nil {
		s.sum = args[0].Numeric()
		return nil
	}
	s.sum, err = types.NumericAdd(s.sum, args[0].Numeric())
	return err
}

func (s *numericMean) Result() (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	return numericResult(types.NumericDiv(s.sum, types.NumericFromInt64(s.n)))
}

// spread says which of variance and standard deviation, of a sample or the population, is wanted.
type spread struct{ sample, root bool }

// numericSpread keeps n, Σx and Σx² exactly.
type numericSpread struct {
	spread
	toNumeric func(types.Datum) *apd.Decimal
	n         int64
	sum, sum2 *apd.Decimal
}

func (s *numericSpread) Add(args []types.Datum) error {
	v := s.toNumeric(args[0])
	square, err := types.NumericMul(v, v)
	if err != nil {
		return err
	}
	s.n++
	if s.n == 1 {
		s.sum, s.sum2 = v, square
		return nil
	}
	if s.sum, err = types.NumericAdd(s.sum, v); err != nil {
		return err
	}
	s.sum2, err = types.NumericAdd(s.sum2, square)
	return err
}

func (s *numericSpread) Result() (types.Datum, error) {
	if s.n == 0 || s.sample && s.n == 1 {
		return types.Null, nil
	}
	if !isFiniteNumeric(s.sum) || !isFiniteNumeric(s.sum2) {
		return types.Numeric(&apd.Decimal{Form: apd.NaN}), nil
	}
	// (n·Σx² - (Σx)²) / (n·n or n·(n-1))
	n := types.NumericFromInt64(s.n)
	a, err := types.NumericMul(n, s.sum2)
	if err != nil {
		return types.Null, err
	}
	b, err := types.NumericMul(s.sum, s.sum)
	if err != nil {
		return types.Null, err
	}
	top, err := types.NumericSub(a, b)
	if err != nil {
		return types.Null, err
	}
	if types.NumericSign(top) <= 0 {
		return types.Numeric(types.NumericFromInt64(0)), nil
	}
	divisor := n
	if s.sample {
		divisor = types.NumericFromInt64(s.n - 1)
	}
	if divisor, err = types.NumericMul(n, divisor); err != nil {
		return types.Null, err
	}
	v, err := types.NumericDiv(top, divisor)
	if err != nil || !s.root {
		return numericResult(v, err)
	}
	return types.Numeric(sqrtAtScale(v)), nil
}

// sqrtAtScale is the square root rounded to the operand's own scale.
func sqrtAtScale(v *apd.Decimal) *apd.Decimal {
	scale := types.NumericScale(v)
	root := new(big.Int).Sqrt(scaledInt(v, 2*scale+2)) // one digit more, to round by
	q, r := new(big.Int).QuoRem(root, big.NewInt(10), new(big.Int))
	if r.Int64() >= 5 {
		q.Add(q, big.NewInt(1))
	}
	return decimalOf(q, -scale)
}

// moments are n, the sums and the sums of squared deviations of one or two float variables.
// Source: Youngs and Cramer 1971, which loses no digits to cancellation; the same order of operations as Postgres, so that results match it.
type moments struct {
	n                     float64
	sx, sxx, sy, syy, sxy float64
}

func (m *moments) add1(x float64) error {
	before := m.sx
	m.n++
	m.sx += x
	if m.n == 1 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			m.sxx = math.NaN()
		}
		return nil
	}
	t := x*m.n - m.sx
	m.sxx += t * t / (m.n * (m.n - 1))
	if isInf(m.sx, m.sxx) {
		if !isInf(before, x) {
			return floatOverflow()
		}
		m.sxx = math.NaN()
	}
	return nil
}

func (m *moments) add2(y, x float64) error {
	sx, sy := m.sx, m.sy
	m.n++
	m.sx += x
	m.sy += y
	if m.n == 1 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			m.sxx, m.sxy = math.NaN(), math.NaN()
		}
		if math.IsNaN(y) || math.IsInf(y, 0) {
			m.syy, m.sxy = math.NaN(), math.NaN()
		}
		return nil
	}
	tx, ty, scale := x*m.n-m.sx, y*m.n-m.sy, 1/(m.n*(m.n-1))
	m.sxx += tx * tx * scale
	m.syy += ty * ty * scale
	m.sxy += tx * ty * scale
	if isInf(m.sx, m.sxx, m.sy, m.syy, m.sxy) {
		if (isInf(m.sx, m.sxx) && !isInf(sx, x)) || (isInf(m.sy, m.syy) && !isInf(sy, y)) || (isInf(m.sxy) && !isInf(sx, x, sy, y)) {
			return floatOverflow()
		}
		for _, s := range []*float64{&m.sxx, &m.syy, &m.sxy} {
			if math.IsInf(*s, 0) {
				*s = math.NaN()
			}
		}
	}
	return nil
}

// floatStat is an aggregate of one or two floats whose result is a formula over the moments; false means NULL.
type floatStat struct {
	moments
	two     bool
	formula func(m *moments) (float64, bool)
}

func (s *floatStat) Add(args []types.Datum) error {
	if s.two {
		return s.add2(args[0].Float(), args[1].Float())
	}
	return s.add1(args[0].Float())
}

func (s *floatStat) Result() (types.Datum, error) {
	v, ok := s.formula(&s.moments)
	if !ok {
		return types.Null, nil
	}
	return types.Float(v), nil
}

func stat1(formula func(m *moments) (float64, bool)) aggregateSpec {
	return aggregateSpec{strict: true, make: func(*Context, []types.Type) AggState { return &floatStat{formula: formula} }}
}

func stat2(least float64, formula func(m *moments) (float64, bool)) aggregateSpec {
	return aggregateSpec{strict: true, make: func(*Context, []types.Type) AggState {
		return &floatStat{two: true, formula: func(m *moments) (float64, bool) {
			if m.n < least {
				return 0, false
			}
			return formula(m)
		}}
	}}
}

func (p spread) float(m *moments) (float64, bool) {
	n := m.n
	if p.sample {
		n--
	}
	if n < 1 {
		return 0, false
	}
	v := m.sxx / n
	if p.root {
		v = math.Sqrt(v)
	}
	return v, true
}

func fromInt(d types.Datum) *apd.Decimal     { return types.NumericFromInt64(d.Int()) }
func fromNumeric(d types.Datum) *apd.Decimal { return d.Numeric() }

var numberAggregates = func() map[string]aggregateSpec {
	state := func(make func() AggState) aggregateSpec {
		return aggregateSpec{strict: true, make: func(*Context, []types.Type) AggState { return make() }}
	}
	ok := func(v float64) (float64, bool) { return v, true }
	t := map[string]aggregateSpec{
		"sum(smallint)": state(func() AggState { return &intSum{} }), "sum(integer)": state(func() AggState { return &intSum{} }),
		"sum(bigint)":   state(func() AggState { return &intSum{numeric: true} }),
		"avg(smallint)": state(func() AggState { return &intMean{} }), "avg(integer)": state(func() AggState { return &intMean{} }),
		"avg(bigint)": state(func() AggState { return &intMean{} }), "avg(numeric)": state(func() AggState { return &numericMean{} }),
		"regr_count": state(func() AggState { return &count{} }),
		"regr_sxx":   stat2(1, func(m *moments) (float64, bool) { return ok(m.sxx) }),
		"regr_syy":   stat2(1, func(m *moments) (float64, bool) { return ok(m.syy) }),
		"regr_sxy":   stat2(1, func(m *moments) (float64, bool) { return ok(m.sxy) }),
		"regr_avgx":  stat2(1, func(m *moments) (float64, bool) { return ok(m.sx / m.n) }),
		"regr_avgy":  stat2(1, func(m *moments) (float64, bool) { return ok(m.sy / m.n) }),
		"covar_pop":  stat2(1, func(m *moments) (float64, bool) { return ok(m.sxy / m.n) }),
		"covar_samp": stat2(2, func(m *moments) (float64, bool) { return ok(m.sxy / (m.n - 1)) }),
		"corr":       stat2(1, func(m *moments) (float64, bool) { return m.sxy / math.Sqrt(m.sxx*m.syy), m.sxx != 0 && m.syy != 0 }),
		"regr_r2": stat2(1, func(m *moments) (float64, bool) {
			if m.syy == 0 {
				return 1, m.sxx != 0
			}
			return m.sxy * m.sxy / (m.sxx * m.syy), m.sxx != 0
		}),
		"regr_slope":     stat2(1, func(m *moments) (float64, bool) { return m.sxy / m.sxx, m.sxx != 0 }),
		"regr_intercept": stat2(1, func(m *moments) (float64, bool) { return (m.sy - m.sx*m.sxy/m.sxx) / m.n, m.sxx != 0 }),
	}
	mean := stat1(func(m *moments) (float64, bool) { return m.sx / m.n, m.n > 0 })
	t["avg(real)"], t["avg(double precision)"] = mean, mean
	for name, p := range map[string]spread{
		"variance": {sample: true}, "var_samp": {sample: true}, "var_pop": {},
		"stddev": {sample: true, root: true}, "stddev_samp": {sample: true, root: true}, "stddev_pop": {root: true},
	} {
		t[name+"(real)"], t[name+"(double precision)"] = stat1(p.float), stat1(p.float)
		t[name+"(numeric)"] = state(func() AggState { return &numericSpread{spread: p, toNumeric: fromNumeric} })
		for _, integer := range []string{"(smallint)", "(integer)", "(bigint)"} {
			t[name+integer] = state(func() AggState { return &numericSpread{spread: p, toNumeric: fromInt} })
		}
	}
	return t
}()

func expectedDims(want, got int) error {
	return pgerr.New(pgerrcode.DataException, "expected %d dimensions, not %d", want, got)
}
