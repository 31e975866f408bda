package cost

import (
	"math"

	"vecgres/sql/bound"
)

// The shares of rows that conditions are assumed to keep.
const (
	Equality    = 0.005
	Inequality  = 0.33
	RangeBoth   = 0.05
	NullShare   = 0.01
	MatchPrefix = 0.02
	Match       = 0.1
	BoolColumn  = 0.5
	Unknown     = 0.33
)

// Selectivity guesses which share of rows satisfies a condition.
func Selectivity(e bound.Scalar) float64 {
	switch e := e.(type) {
	case nil:
		return 1
	case *bound.And:
		s := 1.0
		for _, a := range e.Args {
			s *= Selectivity(a)
		}
		return s
	case *bound.Or:
		s := 1.0
		for _, a := range e.Args {
			s *= 1 - Selectivity(a)
		}
		return 1 - s
	case *bound.Not:
		return 1 - Selectivity(e.X)
	case *bound.Const:
		if !e.Value.IsNull() && e.Value.Bool() {
			return 1
		}
		return 0
	case *bound.ColRef, *bound.BoolTest:
		return BoolColumn
	case *bound.NullTest:
		if e.Not {
			return 1 - NullShare
		}
		return NullShare
	case *bound.InList:
		return math.Min(Equality*float64(len(e.List)), 0.5)
	case *bound.AnyAll:
		return math.Min(10*Equality, 0.5)
	case *bound.Call:
		return callSelectivity(e)
	}
	return Unknown
}

func callSelectivity(e *bound.Call) float64 {
	switch e.Op {
	case "=":
		return Equality
	case "<>":
		return 1 - Equality
	case "<", "<=", ">", ">=":
		return Inequality
	case "~~", "~~*", "~", "~*":
		return Match
	case "!~~", "!~~*", "!~", "!~*":
		return 1 - Match
	case "@>", "<@", "?", "?|", "?&", "&&":
		return NullShare
	}
	return Unknown
}
