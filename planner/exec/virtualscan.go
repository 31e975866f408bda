package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// virtualScanOp computes a catalog relation's rows, those that pass the filter, when it is opened.
type virtualScanOp struct {
	node   *plan.VirtualScan
	rt     *runtime
	typs   []types.Type
	values []evaluator
	array  evaluator
	filter evaluator
	rows   *rowSet
	at     int
	out    rowsBatch
}

func (b *builder) virtualScan(n *plan.VirtualScan) (Operator, error) {
	op := &virtualScanOp{node: n, rt: b.rt, typs: typesOf(n.Cols), rows: newRowSet(b.rt, len(n.Cols))}
	var err error
	if l := n.Lookup; l != nil {
		if op.values, err = b.compileAll(l.Values, scope{}); err != nil {
			return nil, err
		}
		if op.array, err = b.compileOptional(l.Array, scope{}); err != nil {
			return nil, err
		}
	}
	op.filter, err = b.compileOptional(n.Filter, scope{row: layoutOf(n.Cols)})
	return op, err
}

func (o *virtualScanOp) Open(ctx *Context) error {
	o.rows.reset()
	o.at = 0
	vt := o.node.Table.Virtual
	if vt == nil || ctx.VirtualEnv == nil {
		return pgerr.Internal(nil, "relation %q cannot be computed here", o.node.Table.Name)
	}
	if o.node.Lookup == nil {
		return vt.Rows(ctx, ctx.VirtualEnv, nil, o.take)
	}
	values, err := o.lookups()
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := vt.Rows(ctx, ctx.VirtualEnv, map[int16]types.Datum{o.node.Lookup.Attr: v}, func(row []types.Datum) error {
			// The relation may ignore the lookup; a row must not come once for each value.
			d := row[o.node.Lookup.Attr-1]
			if d.IsNull() || !types.Equal(o.lookupType(), d, v) {
				return nil
			}
			return o.take(row)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (o *virtualScanOp) lookupType() types.OID {
	return o.node.Table.Columns[o.node.Lookup.Attr-1].Type.OID
}

// lookups are the distinct values looked up.
func (o *virtualScanOp) lookups() ([]types.Datum, error) {
	var all []types.Datum
	if o.array != nil {
		a, err := o.array(noRow)
		if err != nil || a.IsNull() {
			return nil, err
		}
		all = notNull(a.Array().Elems)
	}
	for _, ev := range o.values {
		d, err := ev(noRow)
		if err != nil {
			return nil, err
		}
		if !d.IsNull() {
			all = append(all, d)
		}
	}
	var out []types.Datum
next:
	for _, d := range all {
		for _, x := range out {
			if types.Equal(o.lookupType(), d, x) {
				continue next
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// take keeps the wanted columns of a row that passes the filter.
func (o *virtualScanOp) take(row []types.Datum) error {
	r := o.rows.next()
	for i, att := range o.node.Attrs {
		switch {
		case att > 0:
			r[i] = row[att-1]
		case att == plan.AttTableOID:
			r[i] = types.Int(int64(o.node.Table.OID))
		case att == plan.AttXmin:
			r[i] = types.Int(1)
		default:
			r[i] = types.Int(0)
		}
	}
	if o.filter != nil {
		d, err := o.filter(&frame{row: r})
		if err != nil {
			return err
		}
		if d.IsNull() || !d.Bool() {
			o.rows.drop()
			return nil
		}
	}
	return o.rows.count(r)
}

func (o *virtualScanOp) Next() (*Batch, error) {
	var b *Batch
	b, o.at = o.rows.emit(&o.out, o.typs, o.at)
	return b, nil
}

func (o *virtualScanOp) Close() error {
	o.rows.reset()
	return nil
}
