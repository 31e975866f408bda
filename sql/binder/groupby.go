package binder

import (
	"fmt"
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// setsMax is Postgres' bound on grouping sets.
const setsMax = 4096

// grouping is a GROUP BY clause: key expressions over the input, and grouping sets as indexes into them (nil for a plain GROUP BY).
type grouping struct {
	keys []bound.Scalar
	pos  []ast.Pos
	sets [][]int
}

// groupBy binds GROUP BY; nil when there is none.
func (b *binder) groupBy(p *parts, s *ast.Select) (*grouping, error) {
	if len(s.GroupBy) == 0 {
		return nil, nil
	}
	g := &grouping{}
	hasSets := false
	// Each item of the clause is a list of sets; the clause means their cross product.
	product := [][]int{{}}
	err := p.q.within(groupByExpr, func() error {
		for _, e := range s.GroupBy {
			sets, err := b.groupItem(p, g, e)
			if err != nil {
				return err
			}
			if _, ok := e.(*ast.GroupingSet); ok {
				hasSets = true
			}
			if product, err = crossSets(product, sets); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !hasSets {
		return g, nil
	}
	if s.GroupDistinct {
		product = distinctSets(product)
	}
	g.sets = product
	return g, nil
}

// groupItem gives the grouping sets of one item: an expression is one set of one key.
func (b *binder) groupItem(p *parts, g *grouping, e ast.Expr) ([][]int, error) {
	switch e := e.(type) {
	case *ast.GroupingSet:
		return b.groupingSet(p, g, e)
	case *ast.RowExpr:
		set, err := b.groupKeys(p, g, e.Fields)
		return [][]int{set}, err
	}
	k, err := b.groupKey(p, g, e)
	return [][]int{{k}}, err
}

func (b *binder) groupKeys(p *parts, g *grouping, exprs []ast.Expr) ([]int, error) {
	var set []int
	for _, e := range exprs {
		k, err := b.groupKey(p, g, e)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(set, k) {
			set = append(set, k)
		}
	}
	return set, nil
}

// groupKey binds one expression and gives its index among the keys.
func (b *binder) groupKey(p *parts, g *grouping, e ast.Expr) (int, error) {
	t, err := b.namedTarget(p, e, "GROUP BY")
	if err != nil {
		return 0, err
	}
	var s bound.Scalar
	if t != nil {
		if t.expr, err = b.textIfUnknown(t.expr); err != nil {
			return 0, err
		}
		s = t.expr
	} else {
		if s, err = b.expr(p.q, e); err != nil {
			return 0, err
		}
		if s, err = b.textIfUnknown(s); err != nil {
			return 0, err
		}
	}
	if err := b.checkEquality(s.Type(), leftmost(e)); err != nil {
		return 0, err
	}
	for i, k := range g.keys {
		if bound.Equal(k, s) {
			return i, nil
		}
	}
	g.keys, g.pos = append(g.keys, s), append(g.pos, leftmost(e))
	return len(g.keys) - 1, nil
}

func (b *binder) groupingSet(p *parts, g *grouping, e *ast.GroupingSet) ([][]int, error) {
	switch e.Kind {
	case "EMPTY":
		return [][]int{{}}, nil
	case "SETS":
		var sets [][]int
		for _, it := range e.Items {
			s, err := b.groupItem(p, g, it)
			if err != nil {
				return nil, err
			}
			sets = append(sets, s...)
		}
		return sets, nil
	}
	// ROLLUP and CUBE combine items, each of one key or of a parenthesised list of keys.
	var items [][]int
	for _, it := range e.Items {
		s, err := b.groupItem(p, g, it)
		if err != nil {
			return nil, err
		}
		items = append(items, s...)
	}
	if e.Kind == "CUBE" {
		return cube(items, e.Pos)
	}
	var sets [][]int
	for n := len(items); n >= 0; n-- {
		sets = append(sets, union(items[:n]...))
	}
	return sets, nil
}

// cube is all subsets of the items, larger ones first.
func cube(items [][]int, pos ast.Pos) ([][]int, error) {
	if len(items) > 12 {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "CUBE is limited to 12 elements").At(int(pos))
	}
	var sets [][]int
	for mask := 1<<len(items) - 1; mask >= 0; mask-- {
		var chosen [][]int
		for i, it := range items {
			if mask&(1<<(len(items)-1-i)) != 0 {
				chosen = append(chosen, it)
			}
		}
		sets = append(sets, union(chosen...))
	}
	slices.SortStableFunc(sets, func(a, b []int) int { return len(b) - len(a) })
	return sets, nil
}

func union(sets ...[]int) []int {
	out := []int{}
	for _, s := range sets {
		for _, k := range s {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

func crossSets(left, right [][]int) ([][]int, error) {
	if len(left)*len(right) > setsMax {
		return nil, pgerr.New(pgerrcode.StatementTooComplex, "too many grouping sets present (maximum %d)", setsMax)
	}
	var out [][]int
	for _, l := range left {
		for _, r := range right {
			out = append(out, union(l, r))
		}
	}
	return out, nil
}

func distinctSets(sets [][]int) [][]int {
	seen := map[string]bool{}
	var out [][]int
	for _, s := range sets {
		sorted := slices.Clone(s)
		slices.Sort(sorted)
		if k := fmt.Sprint(sorted); !seen[k] {
			seen[k] = true
			out = append(out, s)
		}
	}
	return out
}
