package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// ExprContext is where an expression stands: it decides what may be in it and how errors name the place.
type ExprContext uint8

// The contexts of expressions that stand outside of queries, for BindExpr.
const (
	GeneralExpr        ExprContext = iota // EXECUTE-like: no columns expected
	DefaultExpr                           // DEFAULT of a column
	CheckExpr                             // CHECK constraint
	GeneratedExpr                         // GENERATED ALWAYS AS
	IndexExpr                             // key of an index
	IndexPredicateExpr                    // WHERE of a partial index
	AlterUsingExpr                        // ALTER COLUMN TYPE … USING
	CopyWhereExpr                         // COPY FROM … WHERE
	ExecuteParamExpr                      // argument of EXECUTE

	// The rest stand in queries.
	selectExpr
	whereExpr
	havingExpr
	filterExpr
	groupByExpr
	orderByExpr
	distinctOnExpr
	limitExpr
	offsetExpr
	returningExpr
	valuesExpr
	updateExpr
	insertExpr
	joinOnExpr
	fromFunctionExpr
	fromSubselectExpr
	windowPartitionExpr
	windowOrderExpr
	windowFrameRangeExpr
	windowFrameRowsExpr
	windowFrameGroupsExpr
	conflictWhereExpr
)

// contextFacts are how errors speak of a context.
type contextFacts struct {
	name       string // as in "… are not allowed in WHERE"
	subquery   string // "cannot use subquery in …", "" where subqueries may be
	aggregates bool
	windows    bool
	sets       bool // set-returning functions
}

var contexts = map[ExprContext]contextFacts{
	GeneralExpr:           {name: "this expression"},
	DefaultExpr:           {name: "DEFAULT expressions", subquery: "DEFAULT expression"},
	CheckExpr:             {name: "check constraints", subquery: "check constraint"},
	GeneratedExpr:         {name: "column generation expressions", subquery: "column generation expression"},
	IndexExpr:             {name: "index expressions", subquery: "index expression"},
	IndexPredicateExpr:    {name: "index predicates", subquery: "index predicate"},
	AlterUsingExpr:        {name: "transform expressions", subquery: "transform expression"},
	CopyWhereExpr:         {name: "COPY FROM WHERE conditions", subquery: "COPY FROM WHERE condition"},
	ExecuteParamExpr:      {name: "EXECUTE parameters", subquery: "EXECUTE parameter"},
	selectExpr:            {name: "SELECT", aggregates: true, windows: true, sets: true},
	whereExpr:             {name: "WHERE"},
	havingExpr:            {name: "HAVING", aggregates: true},
	filterExpr:            {name: "FILTER"},
	groupByExpr:           {name: "GROUP BY", sets: true},
	orderByExpr:           {name: "ORDER BY", aggregates: true, windows: true, sets: true},
	distinctOnExpr:        {name: "DISTINCT ON", aggregates: true, windows: true, sets: true},
	limitExpr:             {name: "LIMIT"},
	offsetExpr:            {name: "OFFSET"},
	returningExpr:         {name: "RETURNING"},
	valuesExpr:            {name: "VALUES"},
	updateExpr:            {name: "UPDATE"},
	insertExpr:            {name: "VALUES", sets: true},
	joinOnExpr:            {name: "JOIN conditions"},
	fromFunctionExpr:      {name: "functions in FROM", sets: true},
	fromSubselectExpr:     {name: "FROM clause of their own query level"},
	windowPartitionExpr:   {name: "window definitions", aggregates: true, sets: true},
	windowOrderExpr:       {name: "window definitions", aggregates: true, sets: true},
	windowFrameRangeExpr:  {name: "window RANGE"},
	windowFrameRowsExpr:   {name: "window ROWS"},
	windowFrameGroupsExpr: {name: "window GROUPS"},
	conflictWhereExpr:     {name: "WHERE"},
}

func (c ExprContext) facts() contextFacts { return contexts[c] }

// checkAggregate refuses an aggregate where none may be.
func (c ExprContext) checkAggregate(pos ast.Pos) error {
	f := c.facts()
	if f.aggregates {
		return nil
	}
	return pgerr.New(pgerrcode.GroupingError, "aggregate functions are not allowed in %s", f.name).At(int(pos))
}

// checkGrouping refuses GROUPING() where no aggregate may be.
func (c ExprContext) checkGrouping(pos ast.Pos) error {
	f := c.facts()
	if f.aggregates {
		return nil
	}
	return pgerr.New(pgerrcode.GroupingError, "grouping operations are not allowed in %s", f.name).At(int(pos))
}

// checkWindow refuses a window function where none may be.
func (c ExprContext) checkWindow(pos ast.Pos) error {
	f := c.facts()
	if f.windows {
		return nil
	}
	name := f.name
	if c == fromSubselectExpr {
		name = "FROM"
	}
	return pgerr.New(pgerrcode.WindowingError, "window functions are not allowed in %s", name).At(int(pos))
}

// checkSet refuses a set-returning function where none may be.
func (c ExprContext) checkSet(pos ast.Pos) error {
	f := c.facts()
	if f.sets {
		return nil
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "set-returning functions are not allowed in %s", f.name).At(int(pos))
}

// checkSubquery refuses a subquery where none may be.
func (c ExprContext) checkSubquery(pos ast.Pos) error {
	if f := c.facts(); f.subquery != "" {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot use subquery in %s", f.subquery).At(int(pos))
	}
	return nil
}
