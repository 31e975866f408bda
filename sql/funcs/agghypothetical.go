package funcs

import "vecgres/sql/types"

// Hypothetical-set aggregates tell the place that a row made of the direct arguments would take among the group's rows in WITHIN GROUP's order.
// The executor compares; a state hears of each row, in order, how it compares with the hypothetical one, and whether it differs from the row before.

// place counts the rows before the hypothetical one and its peers.
type place struct {
	rows, before, distinct, peers int64
	result                        func(p *place) types.Datum
}

// Add takes a row's comparison (below zero: before the hypothetical row) and whether its order differs from the last row's.
func (p *place) Add(args []types.Datum) error {
	p.rows++
	switch c := args[0].Int(); {
	case c < 0:
		p.before++
		if args[1].Bool() {
			p.distinct++
		}
	case c == 0:
		p.peers++
	}
	return nil
}

func (p *place) Result() (types.Datum, error) { return p.result(p), nil }

func hypotheticalSpec(result func(p *place) types.Datum) aggregateSpec {
	return aggregateSpec{ordered: true, orderedSet: true, hypothetical: true, make: func(*Context, []types.Type) AggState {
		return &place{result: result}
	}}
}

var hypotheticalAggregates = map[string]aggregateSpec{
	"rank":       hypotheticalSpec(func(p *place) types.Datum { return types.Int(p.before + 1) }),
	"dense_rank": hypotheticalSpec(func(p *place) types.Datum { return types.Int(p.distinct + 1) }),
	"percent_rank": hypotheticalSpec(func(p *place) types.Datum {
		if p.rows == 0 {
			return types.Float(0)
		}
		return types.Float(float64(p.before) / float64(p.rows))
	}),
	"cume_dist": hypotheticalSpec(func(p *place) types.Datum {
		return types.Float(float64(p.before+p.peers+1) / float64(p.rows+1))
	}),
}
