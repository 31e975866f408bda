package funcs

import (
	"vecgres/sql/types"
)

// The aggregates. Ordered-set aggregates get their rows in WITHIN GROUP's order, the direct arguments first in every row.

// aggMaker makes the states of an aggregate; args are the call's argument types after casting.
type aggMaker func(ctx *Context, args []types.Type) AggState

// aggregateSpec is an aggregate's implementation, for all its overloads or for one.
type aggregateSpec struct {
	make       aggMaker
	strict     bool // leave out rows with a NULL argument
	ordered    bool
	orderedSet bool
	// hypothetical: Aggregate.Hypothetical
	hypothetical bool
}

// aggregates are found by name, or by name(argument types) where the types decide.
var aggregates = merge(plainAggregates, numberAggregates, collectAggregates, percentileAggregates, hypotheticalAggregates)

// aggregate joins a fact to its implementation.
func (f *fact) aggregate() *Aggregate {
	spec, ok := aggregates[f.symbol]
	if !ok {
		spec, ok = aggregates[f.name]
	}
	if !ok {
		panic("funcs: no implementation of aggregate " + f.symbol)
	}
	return &Aggregate{
		OID: f.oid, Name: f.name, Args: f.args, Variadic: f.variadic, Ret: f.ret, Strict: spec.strict, New: spec.make,
		Ordered: spec.ordered, OrderedSet: spec.orderedSet, Hypothetical: spec.hypothetical,
	}
}

// fold is a state that combines values two at a time; the result of no values is NULL.
type fold struct {
	combine func(a, b types.Datum) (types.Datum, error)
	value   types.Datum
	any     bool
}

func (s *fold) Add(args []types.Datum) error {
	if !s.any {
		s.value, s.any = args[0], true
		return nil
	}
	v, err := s.combine(s.value, args[0])
	s.value = v
	return err
}

func (s *fold) Result() (types.Datum, error) {
	if !s.any {
		return types.Null, nil
	}
	return s.value, nil
}

// folding makes an aggregate of a function of two values.
func folding(combine func(a, b types.Datum) (types.Datum, error)) aggregateSpec {
	return aggregateSpec{strict: true, make: func(*Context, []types.Type) AggState { return &fold{combine: combine} }}
}

// foldingFunc makes an aggregate of a scalar function.
func foldingFunc(fn Func) aggregateSpec {
	return folding(func(a, b types.Datum) (types.Datum, error) { return fn(nil, row{a, b}) })
}

// extreme is max (sign 1) or min (sign -1) by the type's order; of equal values the last one stays.
func extreme(sign int) aggregateSpec {
	return aggregateSpec{strict: true, make: func(_ *Context, args []types.Type) AggState {
		t := args[0].OID
		return &fold{combine: func(a, b types.Datum) (types.Datum, error) {
			if types.Compare(t, a, b)*sign > 0 {
				return a, nil
			}
			return b, nil
		}}
	}}
}

// count counts rows, or with an argument those where it is not NULL.
type count struct{ n int64 }

func (s *count) Add([]types.Datum) error { s.n++; return nil }

func (s *count) Result() (types.Datum, error) { return types.Int(s.n), nil }

func logical(op func(a, b bool) bool) aggregateSpec {
	return folding(func(a, b types.Datum) (types.Datum, error) { return types.Bool(op(a.Bool(), b.Bool())), nil })
}

func bitwiseInts(op func(a, b int64) int64) aggregateSpec {
	return folding(func(a, b types.Datum) (types.Datum, error) { return types.Int(op(a.Int(), b.Int())), nil })
}

func keepFirst(a, _ types.Datum) (types.Datum, error) { return a, nil }

var plainAggregates = map[string]aggregateSpec{
	"count": {strict: true, make: func(*Context, []types.Type) AggState { return &count{} }},
	"max":   extreme(1), "min": extreme(-1), "any_value": folding(keepFirst),
	"bool_and": logical(func(a, b bool) bool { return a && b }), "every": logical(func(a, b bool) bool { return a && b }),
	"bool_or": logical(func(a, b bool) bool { return a || b }),
	"bit_and": bitwiseInts(func(a, b int64) int64 { return a & b }), "bit_or": bitwiseInts(func(a, b int64) int64 { return a | b }),
	"bit_xor":      bitwiseInts(func(a, b int64) int64 { return a ^ b }),
	"bit_and(bit)": foldingFunc(sparseFuncs["bit_and"]), "bit_or(bit)": foldingFunc(sparseFuncs["bit_or"]), "bit_xor(bit)": foldingFunc(sparseFuncs["bitxor"]),
	"sum(interval)": folding(types.IntervalAdd),
	"sum(real)":     foldingFunc(floatType{true}.add), "sum(double precision)": foldingFunc(floatType{}.add),
	"sum(numeric)": folding(func(a, b types.Datum) (types.Datum, error) {
		return numericResult(types.NumericAdd(a.Numeric(), b.Numeric()))
	}),
	"sum(vector)": foldingFunc(vectorFuncs["vector_add"]), "sum(halfvec)": foldingFunc(vectorFuncs["halfvec_add"]),
	"avg(interval)": {strict: true, make: func(*Context, []types.Type) AggState { return &intervalMean{} }},
	"avg(vector)":   {strict: true, make: func(*Context, []types.Type) AggState { return &vectorMean{typeName: "vector"} }},
	"avg(halfvec)":  {strict: true, make: func(*Context, []types.Type) AggState { return &vectorMean{typeName: "halfvec"} }},
}

type intervalMean struct {
	sum types.Datum
	n   int64
}

func (s *intervalMean) Add(args []types.Datum) (err error) {
	s.n++
	s.sum, err = types.IntervalAdd(s.sum, args[0])
	return err
}

func (s *intervalMean) Result() (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	return types.IntervalDiv(s.sum, float64(s.n))
}

// vectorMean adds in float64, as pgvector does.
type vectorMean struct {
	typeName string
	sum      []float64
	n        int64
}

func (s *vectorMean) Add(args []types.Datum) error {
	v := args[0].Vector()
	if s.n == 0 {
		s.sum = make([]float64, len(v))
	}
	if len(v) != len(s.sum) {
		return expectedDims(len(s.sum), len(v))
	}
	s.n++
	for i, x := range v {
		s.sum[i] += float64(x)
	}
	return nil
}

func (s *vectorMean) Result() (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	out := make([]float32, len(s.sum))
	for i, x := range s.sum {
		out[i] = float32(x / float64(s.n))
		if s.typeName == "halfvec" {
			out[i] = types.RoundHalf(out[i])
		}
		if err := types.CheckVectorElement(s.typeName, out[i]); err != nil {
			return types.Null, err
		}
	}
	return types.VectorOf(out), nil
}
