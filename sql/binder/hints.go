package binder

import (
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// fuzzyMax is the greatest edit distance at which a column is still offered as a guess.
const fuzzyMax = 3

// guess is a column that a misspelt name may mean.
type guess struct {
	it   *item
	name string
}

// guesses collects the nearest columns, as Postgres' FuzzyAttrMatchState does: at most two of equal distance, none when more are equally near.
type guesses struct {
	distance      int
	first, second *guess
	exact         []*item // items that have a column of exactly the name, though it cannot be named here
}

// missingColumn is 42703 with Postgres' hints.
func (b *binder) missingColumn(q *query, relation, name string, pos ast.Pos) error {
	var e *pgerr.Error
	if relation == "" {
		e = pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" does not exist", name)
	} else {
		e = pgerr.New(pgerrcode.UndefinedColumn, "column %s.%s does not exist", relation, name)
	}
	e.At(int(pos))
	g := guesses{distance: fuzzyMax + 1}
	for level := q; level != nil; level = level.parent {
		for _, it := range level.items {
			if it.kind != joinItem {
				g.consider(it, relation, name)
			}
		}
	}
	switch {
	case len(g.exact) > 1:
		e.WithDetail("There are columns named \"%s\", but they are in tables that cannot be referenced from this part of the query.", name)
		if relation == "" {
			e.WithHint("Try using a table-qualified name.")
		}
	case len(g.exact) == 1:
		e.WithDetail("There is a column named \"%s\" in table \"%s\", but it cannot be referenced from this part of the query.", name, g.exact[0].name)
		if b.visibleIfLateral(q, g.exact[0]) {
			e.WithHint("To reference that column, you must mark this subquery with LATERAL.")
		} else if relation == "" && visibleIfQualified(q, g.exact[0]) {
			e.WithHint("To reference that column, you must use a table-qualified name.")
		}
	case g.first != nil && g.second != nil:
		e.WithHint("Perhaps you meant to reference the column \"%s.%s\" or the column \"%s.%s\".", g.first.it.name, g.first.name, g.second.it.name, g.second.name)
	case g.first != nil:
		e.WithHint("Perhaps you meant to reference the column \"%s.%s\".", g.first.it.name, g.first.name)
	}
	return e
}

func (g *guesses) consider(it *item, relation, name string) {
	penalty := 0
	if relation != "" && it.name != relation {
		penalty = min(levenshtein(it.name, relation), fuzzyMax+1)
	}
	for _, c := range it.cols {
		if c.Name == name && penalty == 0 {
			g.exact = append(g.exact, it)
			return
		}
	}
	for _, c := range it.cols {
		if penalty > g.distance || c.Name == "" {
			continue
		}
		d := levenshtein(c.Name, name)
		if d > utf8.RuneCountInString(name)/2 {
			continue
		}
		switch d += penalty; {
		case d < g.distance:
			g.distance, g.first, g.second = d, &guess{it, c.Name}, nil
		case d == g.distance && g.second != nil:
			g.first, g.second = nil, nil
		case d == g.distance && g.first != nil:
			g.second = &guess{it, c.Name}
		}
	}
}

// visibleIfLateral tells whether LATERAL on the subquery would let it name the item.
func (b *binder) visibleIfLateral(q *query, it *item) bool {
	for level := q; level != nil; level = level.parent {
		for _, v := range level.visible {
			if v == it {
				return v.lateralOnly && v.lateralOK && !level.lateralActive
			}
		}
	}
	return false
}

// visibleIfQualified tells whether a qualified name would reach the item's columns.
func visibleIfQualified(q *query, it *item) bool {
	for level := q; level != nil; level = level.parent {
		for _, v := range level.visible {
			if v == it {
				return v.relVisible && !(v.lateralOnly && !level.lateralActive)
			}
		}
	}
	return false
}

// missingTable is 42P01 for a qualifier that names no item, with Postgres' hints.
func (b *binder) missingTable(q *query, name string, pos ast.Pos) error {
	it := q.anyItem(name)
	if it == nil {
		return pgerr.New(pgerrcode.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name).At(int(pos))
	}
	e := pgerr.New(pgerrcode.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).At(int(pos))
	if it.name != name && visibleIfQualified(q, it) {
		return e.WithHint("Perhaps you meant to reference the table alias \"%s\".", it.name)
	}
	e.WithDetail("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", it.name)
	if b.visibleIfLateral(q, it) {
		e.WithHint("To reference that table, you must mark this subquery with LATERAL.")
	}
	return e
}

// anyItem finds an item by its alias, or by its table's own name, visible or not.
func (q *query) anyItem(name string) *item {
	for level := q; level != nil; level = level.parent {
		for _, it := range level.items {
			if it.kind != joinItem && (it.name == name || it.table != nil && it.table.Name == name) {
				return it
			}
		}
	}
	return nil
}

// levenshtein is the edit distance between two texts, in characters.
func levenshtein(a, b string) int {
	s, t := []rune(a), []rune(b)
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		diagonal := row[0]
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(t)]
}
