package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// windowFunc is a compiled window function call.
type windowFunc struct {
	spec   *bound.WindowFunc
	col    int // where its value goes
	rt     *runtime
	args   []evaluator
	types  []types.Type
	filter evaluator
	frame  windowFrame
	fn     func(w *windowFunc, p *partition) error
}

// windowFuncs are the functions that exist only with OVER.
var windowFuncs = map[string]func(w *windowFunc, p *partition) error{
	"row_number":   (*windowFunc).rowNumber,
	"rank":         (*windowFunc).rank,
	"dense_rank":   (*windowFunc).denseRank,
	"percent_rank": (*windowFunc).percentRank,
	"cume_dist":    (*windowFunc).cumeDist,
	"ntile":        (*windowFunc).ntile,
	"lag":          (*windowFunc).lag,
	"lead":         (*windowFunc).lead,
	"first_value":  (*windowFunc).firstValue,
	"last_value":   (*windowFunc).lastValue,
	"nth_value":    (*windowFunc).nthValue,
}

func (b *builder) windowFunc(f *bound.WindowFunc, col int, sc scope) (*windowFunc, error) {
	w := &windowFunc{spec: f, col: col, rt: b.rt, types: typesOfExprs(f.Args)}
	var err error
	if w.args, err = b.compileAll(f.Args, sc); err != nil {
		return nil, err
	}
	if w.filter, err = b.compileOptional(f.Filter, sc); err != nil {
		return nil, err
	}
	if w.frame, err = b.windowFrame(f, sc); err != nil {
		return nil, err
	}
	if f.Agg != nil {
		w.fn = (*windowFunc).aggregate
		return w, nil
	}
	var ok bool
	if w.fn, ok = windowFuncs[f.Name]; !ok {
		return nil, pgerr.Unimplemented("window function " + f.Name)
	}
	return w, nil
}

func (w *windowFunc) run(p *partition) error { return w.fn(w, p) }

// each sets the function's value in every row.
func (w *windowFunc) each(p *partition, value func(i int) (types.Datum, error)) error {
	for i := range p.len() {
		d, err := value(i)
		if err != nil {
			return err
		}
		p.data(i)[w.col] = d
	}
	return nil
}

func (w *windowFunc) rowNumber(p *partition) error {
	return w.each(p, func(i int) (types.Datum, error) { return types.Int(int64(i + 1)), nil })
}

func (w *windowFunc) rank(p *partition) error {
	return w.each(p, func(i int) (types.Datum, error) { return types.Int(int64(p.start[p.group[i]] + 1)), nil })
}

func (w *windowFunc) denseRank(p *partition) error {
	return w.each(p, func(i int) (types.Datum, error) { return types.Int(int64(p.group[i] + 1)), nil })
}

func (w *windowFunc) percentRank(p *partition) error {
	return w.each(p, func(i int) (types.Datum, error) {
		if p.len() == 1 {
			return types.Float(0), nil
		}
		return types.Float(float64(p.start[p.group[i]]) / float64(p.len()-1)), nil
	})
}

func (w *windowFunc) cumeDist(p *partition) error {
	return w.each(p, func(i int) (types.Datum, error) {
		return types.Float(float64(p.start[p.group[i]+1]) / float64(p.len())), nil
	})
}

func (w *windowFunc) ntile(p *partition) error {
	n, err := w.args[0](&frame{row: p.data(0)})
	if err != nil {
		return err
	}
	if n.IsNull() {
		return w.each(p, func(int) (types.Datum, error) { return types.Null, nil })
	}
	if n.N <= 0 {
		return pgerr.New(pgerrcode.InvalidArgumentForNtileFunction, "argument of ntile must be greater than zero")
	}
	size, extra := int64(p.len())/n.N, int64(p.len())%n.N
	return w.each(p, func(i int) (types.Datum, error) {
		at := int64(i)
		if big := extra * (size + 1); at < big {
			return types.Int(at/(size+1) + 1), nil
		} else if size > 0 {
			return types.Int(extra + (at-big)/size + 1), nil
		}
		return types.Int(at + 1), nil
	})
}

func (w *windowFunc) lag(p *partition) error  { return w.shift(p, -1) }
func (w *windowFunc) lead(p *partition) error { return w.shift(p, 1) }

// shift is lag and lead: the first argument's value some rows away, else the third's here.
func (w *windowFunc) shift(p *partition, sign int64) error {
	return w.each(p, func(i int) (types.Datum, error) {
		here := frame{row: p.data(i)}
		offset := int64(1)
		if len(w.args) > 1 {
			d, err := w.args[1](&here)
			if err != nil || d.IsNull() {
				return types.Null, err
			}
			offset = d.N
		}
		at := int64(i) + sign*offset
		if at >= 0 && at < int64(p.len()) {
			return w.args[0](&frame{row: p.data(int(at))})
		}
		if len(w.args) > 2 {
			return w.args[2](&here)
		}
		return types.Null, nil
	})
}

func (w *windowFunc) firstValue(p *partition) error {
	return w.nth(p, func(int) (int64, bool, error) { return 1, true, nil })
}

func (w *windowFunc) nthValue(p *partition) error {
	return w.nth(p, func(i int) (int64, bool, error) {
		d, err := w.args[1](&frame{row: p.data(i)})
		if err != nil || d.IsNull() {
			return 0, false, err
		}
		if d.N <= 0 {
			return 0, false, pgerr.New(pgerrcode.InvalidArgumentForNthValueFunction, "argument of nth_value must be greater than zero")
		}
		return d.N, true, nil
	})
}

// nth is the first argument's value in the n-th row of the frame.
func (w *windowFunc) nth(p *partition, n func(i int) (int64, bool, error)) error {
	fr := w.frame.begin(p)
	return w.each(p, func(i int) (types.Datum, error) {
		k, ok, err := n(i)
		if err != nil || !ok {
			return types.Null, err
		}
		lo, hi, err := fr.at(i)
		if err != nil {
			return types.Null, err
		}
		for at := lo; at < hi; at++ {
			if fr.excluded(i, at) {
				continue
			}
			if k--; k == 0 {
				return w.args[0](&frame{row: p.data(at)})
			}
		}
		return types.Null, nil
	})
}

func (w *windowFunc) lastValue(p *partition) error {
	fr := w.frame.begin(p)
	return w.each(p, func(i int) (types.Datum, error) {
		lo, hi, err := fr.at(i)
		if err != nil {
			return types.Null, err
		}
		for at := hi - 1; at >= lo; at-- {
			if !fr.excluded(i, at) {
				return w.args[0](&frame{row: p.data(at)})
			}
		}
		return types.Null, nil
	})
}

// aggregate runs an aggregate over each row's frame. Rows with one and the same frame share its value, and a frame that only grew at its end goes
// on with the state of the last one, so that running sums take linear time. Frames that lose rows at their start are computed anew.
func (w *windowFunc) aggregate(p *partition) error {
	fr := w.frame.begin(p)
	run := frameAggregate{w: w, fr: fr, args: make([]types.Datum, len(w.args)), lo: -1, hi: -1}
	return w.each(p, func(i int) (types.Datum, error) {
		if i%batchRows == 0 {
			if err := w.rt.canceled(); err != nil {
				return types.Null, err
			}
		}
		lo, hi, err := fr.at(i)
		if err != nil {
			return types.Null, err
		}
		return run.value(i, lo, hi)
	})
}

// frameAggregate is an aggregate's state over the rows lo up to before hi, the frame of the row before.
type frameAggregate struct {
	w      *windowFunc
	fr     *partitionFrame
	args   []types.Datum
	state  funcs.AggState
	lo, hi int
	last   types.Datum
}

// value is the aggregate over the frame of row i.
func (a *frameAggregate) value(i, lo, hi int) (types.Datum, error) {
	excludes := a.fr.excludes()
	if lo == a.lo && hi == a.hi && !excludes {
		return a.last, nil
	}
	from := a.hi
	if a.state == nil || excludes || lo != a.lo || hi < a.hi {
		a.state, from = a.w.spec.Agg.New(a.w.rt.funcs, a.w.types), lo
	}
	for at := from; at < hi; at++ {
		if excludes && a.fr.excluded(i, at) {
			continue
		}
		ok, err := a.w.arguments(a.fr.p.data(at), a.args)
		if err != nil {
			return types.Null, err
		}
		if ok {
			if err := a.state.Add(a.args); err != nil {
				return types.Null, err
			}
		}
	}
	a.lo, a.hi = lo, hi
	var err error
	a.last, err = a.state.Result()
	return a.last, err
}

// arguments evaluates the arguments for a row; false when the row is left out.
func (w *windowFunc) arguments(row, args []types.Datum) (bool, error) {
	f := frame{row: row}
	if w.filter != nil {
		d, err := w.filter(&f)
		if err != nil || d.IsNull() || !d.Bool() {
			return false, err
		}
	}
	for i, ev := range w.args {
		d, err := ev(&f)
		if err != nil {
			return false, err
		}
		if d.IsNull() && w.spec.Agg.Strict {
			return false, nil
		}
		args[i] = d
	}
	return true, nil
}
