package funcs

import "vecgres/sql/types"

// choose is Postgres' func_get_detail: an exact match, else the candidates whose parameters accept the arguments implicitly, narrowed to one.
// A nil candidate with true means that several are equally good.
func choose(candidates []candidate, given []types.OID) (*candidate, bool) {
	if c := exactMatch(candidates, given); c != nil {
		return c, false
	}
	fitting := keep(candidates, func(c *candidate) bool { return coercible(given, c.declared) })
	switch len(fitting) {
	case 0:
		return nil, false
	case 1:
		return &fitting[0], false
	}
	c := selectCandidate(fitting, given)
	return c, c == nil
}

// keep filters candidates into a new slice.
func keep(candidates []candidate, ok func(*candidate) bool) []candidate {
	var out []candidate
	for i := range candidates {
		if ok(&candidates[i]) {
			out = append(out, candidates[i])
		}
	}
	return out
}

// keepBest keeps the candidates of the highest score.
func keepBest(candidates []candidate, score func(*candidate) int) []candidate {
	best := -1
	var out []candidate
	for i := range candidates {
		s := score(&candidates[i])
		if s > best {
			best, out = s, nil
		}
		if s == best {
			out = append(out, candidates[i])
		}
	}
	return out
}

// selectCandidate is Postgres' func_select_candidate, step for step (manual, "Function Type Resolution", 4c to 4f).
func selectCandidate(candidates []candidate, given []types.OID) *candidate {
	unknowns := 0
	for _, t := range given {
		if t == types.UnknownOID {
			unknowns++
		}
	}
	candidates = keepBest(candidates, func(c *candidate) int { return countKnown(given, c, isExact) })
	if len(candidates) == 1 {
		return &candidates[0]
	}
	candidates = keepBest(candidates, func(c *candidate) int {
		return countKnown(given, c, func(g, d types.OID) bool {
			return isExact(g, d) || isPreferred(d) && category(d) == category(g)
		})
	})
	if len(candidates) == 1 {
		return &candidates[0]
	}
	if unknowns == 0 {
		return nil
	}
	if left := resolveUnknowns(candidates, given); len(left) == 1 {
		return &left[0]
	} else if len(left) > 0 {
		candidates = left
	}
	return lastGasp(candidates, given, unknowns)
}

func isExact(given, declared types.OID) bool { return given == declared }

func countKnown(given []types.OID, c *candidate, ok func(given, declared types.OID) bool) int {
	n := 0
	for i, g := range given {
		if g != types.UnknownOID && ok(g, c.declared[i]) {
			n++
		}
	}
	return n
}

// resolveUnknowns settles a type category for each untyped argument: string if any candidate takes a string there, else the one that all share.
// It returns nothing when some argument's category stays open.
func resolveUnknowns(candidates []candidate, given []types.OID) []candidate {
	categories := make([]byte, len(given))
	preferred := make([]bool, len(given))
	for i, g := range given {
		if g != types.UnknownOID {
			continue
		}
		for k := range candidates {
			d := candidates[k].declared[i]
			switch cat := category(d); {
			case k == 0:
				categories[i], preferred[i] = cat, isPreferred(d)
			case categories[i] == cat:
				preferred[i] = preferred[i] || isPreferred(d)
			case cat == categoryString:
				categories[i], preferred[i] = cat, isPreferred(d)
			case categories[i] != categoryString:
				categories[i] = 0 // differs: open unless a later candidate takes a string
				if !anyString(candidates, i) {
					return nil
				}
			}
		}
	}
	return keep(candidates, func(c *candidate) bool {
		for i, g := range given {
			if g != types.UnknownOID {
				continue
			}
			d := c.declared[i]
			if category(d) != categories[i] || preferred[i] && !isPreferred(d) {
				return false
			}
		}
		return true
	})
}

func anyString(candidates []candidate, arg int) bool {
	for i := range candidates {
		if category(candidates[i].declared[arg]) == categoryString {
			return true
		}
	}
	return false
}

// lastGasp takes the untyped arguments to be of the one type that all typed arguments share, and accepts a single fit.
func lastGasp(candidates []candidate, given []types.OID, unknowns int) *candidate {
	if unknowns == len(given) {
		return nil
	}
	known := types.UnknownOID
	for _, g := range given {
		if g == types.UnknownOID || g == known {
			continue
		}
		if known != types.UnknownOID {
			return nil
		}
		known = g
	}
	same := make([]types.OID, len(given))
	for i := range same {
		same[i] = known
	}
	left := keep(candidates, func(c *candidate) bool { return coercible(same, c.declared) })
	if len(left) != 1 {
		return nil
	}
	return &left[0]
}

// coercible tells whether every argument type casts implicitly to its declared type and polymorphic ones agree.
func coercible(given, declared []types.OID) bool {
	generic := false
	for i, d := range declared {
		g := given[i]
		switch {
		case d == g || g == types.UnknownOID || d == types.AnyOID:
		case isPolymorphic(d):
			generic = true
		case implicitCast(g, d):
		default:
			return false
		}
	}
	if generic {
		var p polymorphic
		return p.bind(declared, given)
	}
	return true
}
