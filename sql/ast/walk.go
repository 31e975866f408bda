package ast

// Walk calls visit for node and, where visit says true, for everything under it in the order of the text: nodes are Expr, TableExpr
// and Stmt values (pointers; nil ones are not visited). Definitions (DDL) are visited as statements, and only their queries and
// expressions are descended into. Recursion is as deep as the tree, which the parser bounds.
func Walk(node any, visit func(node any) bool) {
	walker{visit}.node(node)
}

type walker struct{ visit func(any) bool }

func (w walker) node(node any) {
	if absent(node) || !w.visit(node) {
		return
	}
	switch n := node.(type) {
	case Expr: // RangeVar and its like are Exprs by method set; children tells them apart
		w.children(n)
	case Stmt:
		w.stmt(n)
	}
}

// absent tells whether node is nil or a nil pointer of one of the types that fields of the tree may hold.
func absent(node any) bool {
	switch n := node.(type) {
	case nil:
		return true
	case *Select:
		return n == nil
	case *RangeVar:
		return n == nil
	case *FuncCall:
		return n == nil
	}
	return false
}

func (w walker) exprs(list []Expr) {
	for _, e := range list {
		w.node(e)
	}
}

func (w walker) tables(list []TableExpr) {
	for _, t := range list {
		w.node(t)
	}
}

func (w walker) items(list []SelectItem) {
	for _, item := range list {
		w.node(item.Expr)
	}
}

func (w walker) sort(list []SortItem) {
	for _, item := range list {
		w.node(item.Expr)
	}
}

func (w walker) subscripts(list []Subscript) {
	for _, s := range list {
		w.node(s.Lower)
		w.node(s.Upper)
	}
}

func (w walker) window(spec *WindowSpec) {
	if spec != nil {
		w.exprs(spec.PartitionBy)
		w.sort(spec.OrderBy)
		w.node(spec.StartOffset)
		w.node(spec.EndOffset)
	}
}

func (w walker) children(n Expr) {
	switch n := n.(type) {
	case *OpExpr:
		w.exprs([]Expr{n.Left, n.Right})
	case *QuantifiedExpr:
		w.exprs([]Expr{n.Left, n.Array})
	case *InExpr:
		w.node(n.Left)
		w.exprs(n.List)
	case *BetweenExpr:
		w.exprs([]Expr{n.X, n.Low, n.High})
	case *DistinctExpr:
		w.exprs([]Expr{n.Left, n.Right})
	case *NullIfExpr:
		w.exprs([]Expr{n.Left, n.Right})
	case *BoolExpr:
		w.exprs(n.Args)
	case *NullTest:
		w.node(n.X)
	case *BooleanTest:
		w.node(n.X)
	case *FuncCall:
		w.exprs(n.Args)
		w.sort(n.OrderBy)
		w.node(n.Filter)
		w.window(n.Over)
	case *CaseExpr:
		w.node(n.Arg)
		for _, when := range n.Whens {
			w.node(when.When)
			w.node(when.Then)
		}
		w.node(n.Else)
	case *CoalesceExpr:
		w.exprs(n.Args)
	case *MinMaxExpr:
		w.exprs(n.Args)
	case *CastExpr:
		w.node(n.X)
	case *CollateExpr:
		w.node(n.X)
	case *ArrayExpr:
		w.exprs(n.Elems)
	case *RowExpr:
		w.exprs(n.Fields)
	case *IndirectionExpr:
		w.node(n.X)
		w.subscripts(n.Subscripts)
	case *SubLink:
		w.node(n.Test)
		w.node(n.Query)
	case *GroupingFunc:
		w.exprs(n.Args)
	case *GroupingSet:
		w.exprs(n.Items)
	case *RangeSubselect:
		w.node(n.Query)
	case *RangeFunction:
		for _, call := range n.Funcs {
			w.node(call)
		}
	case *JoinExpr:
		w.tables([]TableExpr{n.Left, n.Right})
		w.node(n.On)
	}
}
