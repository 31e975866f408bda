package funcs

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// ResolveFunction finds the scalar overload that a call with these argument types means, by Postgres' rules (exact match, implicit castability,
// preferred types, guesses for unknown literals, polymorphic consistency). UnknownOID stands for an untyped literal or parameter.
//
// It returns the overload, the type that each argument is to be cast to (one per given argument; a variadic call's arguments are spread), and the
// result type with pseudo-types resolved. When the overload has left-out default arguments, the one returned is a copy that supplies them.
// Errors: 42883 when nothing fits, 42725 when several fit equally well, 42804 when a polymorphic type cannot be told.
func ResolveFunction(name string, args []types.OID) (*Overload, []types.OID, types.OID, error) {
	overloads := registry.funcs[name]
	if o := coercionCall(name, args); o != nil && !hasExact(overloads, args) {
		return o, args, o.Ret, nil
	}
	m, err := resolveCall(name, len(overloads), func(i int) signature { return overloads[i].signature() }, args)
	if err != nil {
		return nil, nil, 0, err
	}
	o := overloads[m.index]
	ret, err := m.result(o.Ret)
	if err != nil {
		return nil, nil, 0, err
	}
	return o.withDefaults(len(args)), m.casts, ret, nil
}

// ResolveVariadic is ResolveFunction for f(…, VARIADIC array): the last argument is the array. The overload returned takes the array as its last
// argument and spreads it.
func ResolveVariadic(name string, args []types.OID) (*Overload, []types.OID, types.OID, error) {
	var spreading []*Overload
	for _, o := range registry.funcs[name] {
		if o.Variadic != 0 && len(args) == len(o.Args)+1 {
			spreading = append(spreading, o.spreading(args[len(args)-1]))
		}
	}
	m, err := resolveCall(name, len(spreading), func(i int) signature { return spreading[i].signature() }, args)
	if err != nil {
		return nil, nil, 0, err
	}
	ret, err := m.result(spreading[m.index].Ret)
	if err != nil {
		return nil, nil, 0, err
	}
	return spreading[m.index], m.casts, ret, nil
}

// ResolveAggregate finds an aggregate as ResolveFunction finds a function. Of an ordered-set aggregate the arguments are the direct ones followed by
// the sorted ones.
func ResolveAggregate(name string, args []types.OID) (*Aggregate, []types.OID, types.OID, error) {
	aggs := registry.aggs[name]
	m, err := resolveCall(name, len(aggs), func(i int) signature {
		return signature{args: aggs[i].Args, variadic: aggs[i].Variadic}
	}, args)
	if err != nil {
		return nil, nil, 0, err
	}
	ret, err := m.result(aggs[m.index].Ret)
	if err != nil {
		return nil, nil, 0, err
	}
	return aggs[m.index], m.casts, ret, nil
}

// ResolveSetReturning finds a set-returning function as ResolveFunction finds a scalar one, and gives its columns with pseudo-types resolved
// (nil when a column definition list must give them).
func ResolveSetReturning(name string, args []types.OID) (*SetReturning, []types.OID, []ResultColumn, error) {
	srfs := registry.srfs[name]
	m, err := resolveCall(name, len(srfs), func(i int) signature {
		return signature{args: srfs[i].Args, variadic: srfs[i].Variadic, defaults: srfs[i].Defaults}
	}, args)
	if err != nil {
		return nil, nil, nil, err
	}
	f := srfs[m.index].withDefaults(len(args))
	var columns []ResultColumn
	for _, c := range f.Columns {
		t, err := m.result(c.Type)
		if err != nil {
			return nil, nil, nil, err
		}
		columns = append(columns, ResultColumn{Name: c.Name, Type: t})
	}
	return f, m.casts, columns, nil
}

// ResolveOperator finds an operator. Left is Unspecified (0) for a prefix operator; UnknownOID stands for an untyped literal or parameter. It returns
// the operator, the types that its operands are to be cast to (one, or two), and the result type.
func ResolveOperator(name string, left, right types.OID) (*Operator, []types.OID, types.OID, error) {
	if name == "!=" {
		name = "<>"
	}
	prefix := left == types.Unspecified
	given := []types.OID{left, right}
	if prefix {
		given = given[1:]
	}
	ops := Operators(name, prefix)
	sig := func(i int) signature {
		if prefix {
			return signature{args: []types.OID{ops[i].Right}}
		}
		return signature{args: []types.OID{ops[i].Left, ops[i].Right}}
	}
	m, err := resolveOperator(name, len(ops), sig, given, prefix)
	if err != nil {
		return nil, nil, 0, err
	}
	ret, err := m.result(ops[m.index].Ret)
	if err != nil {
		return nil, nil, 0, err
	}
	return ops[m.index], m.casts, ret, nil
}

// signature is what resolution knows of a candidate.
type signature struct {
	args     []types.OID
	variadic types.OID
	defaults int
}

// expand gives the declared type for each of n arguments, or false when the call cannot have n.
func (s signature) expand(n int) ([]types.OID, bool) {
	if s.variadic == 0 {
		if n > len(s.args) || n < len(s.args)-s.defaults {
			return nil, false
		}
		return s.args[:n], true
	}
	if n <= len(s.args) {
		return nil, false
	}
	declared := append([]types.OID(nil), s.args...)
	for len(declared) < n {
		declared = append(declared, s.variadic)
	}
	return declared, true
}

// match is a chosen candidate.
type match struct {
	index int
	casts []types.OID
	poly  polymorphic
}

// result resolves a declared result type against the match.
func (m *match) result(declared types.OID) (types.OID, error) { return m.poly.resolve(declared) }

// candidate is a signature expanded to the call's arguments.
type candidate struct {
	index    int
	declared []types.OID
	rank     int // lower is preferred between candidates of equal types: plain, then defaults left out, then variadic
}

// resolveCall picks among n signatures for a function call.
func resolveCall(name string, n int, sig func(int) signature, given []types.OID) (*match, error) {
	candidates := expandAll(n, sig, len(given))
	best, ambiguous := choose(candidates, given)
	if best == nil {
		return nil, functionError(name, given, ambiguous)
	}
	return finish(best, given, func() error { return functionError(name, given, false) })
}

// resolveOperator picks among n signatures for an operator. An untyped operand is first taken to be of the other's type.
func resolveOperator(name string, n int, sig func(int) signature, given []types.OID, prefix bool) (*match, error) {
	candidates := expandAll(n, sig, len(given))
	fail := func(ambiguous bool) error { return operatorError(name, given, prefix, ambiguous) }
	best := exactMatch(candidates, assumeSame(given))
	ambiguous := false
	if best == nil {
		best, ambiguous = choose(candidates, given)
	}
	if best == nil {
		return nil, fail(ambiguous)
	}
	return finish(best, given, func() error { return fail(false) })
}

// assumeSame replaces one untyped operand of two by the other's type.
func assumeSame(given []types.OID) []types.OID {
	if len(given) != 2 {
		return given
	}
	switch {
	case given[0] == types.UnknownOID && given[1] != types.UnknownOID:
		return []types.OID{given[1], given[1]}
	case given[1] == types.UnknownOID && given[0] != types.UnknownOID:
		return []types.OID{given[0], given[0]}
	}
	return given
}

// expandAll expands every signature that can take count arguments; of those with equal types it keeps the one of lowest rank.
func expandAll(n int, sig func(int) signature, count int) []candidate {
	var out []candidate
next:
	for i := range n {
		s := sig(i)
		declared, ok := s.expand(count)
		if !ok {
			continue
		}
		c := candidate{index: i, declared: declared}
		if s.variadic != 0 {
			c.rank = 2
		} else if count < len(s.args) {
			c.rank = 1
		}
		for j := range out {
			if equalTypes(out[j].declared, c.declared) {
				if c.rank < out[j].rank {
					out[j] = c
				}
				continue next
			}
		}
		out = append(out, c)
	}
	return out
}

func equalTypes(a, b []types.OID) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func exactMatch(candidates []candidate, given []types.OID) *candidate {
	for i := range candidates {
		if equalTypes(candidates[i].declared, given) {
			return &candidates[i]
		}
	}
	return nil
}

// finish checks polymorphic consistency of the winner and computes its casts.
func finish(c *candidate, given []types.OID, mismatch func() error) (*match, error) {
	m := &match{index: c.index}
	if !m.poly.bind(c.declared, given) {
		return nil, mismatch()
	}
	for i, d := range c.declared {
		t, err := m.poly.argument(d, given[i])
		if err != nil {
			return nil, err
		}
		m.casts = append(m.casts, t)
	}
	return m, nil
}

func functionError(name string, args []types.OID, ambiguous bool) error {
	text := name + "(" + typeNames(args) + ")"
	if ambiguous {
		return pgerr.New(pgerrcode.AmbiguousFunction, "function %s is not unique", text).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "function %s does not exist", text).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
}

func operatorError(name string, given []types.OID, prefix, ambiguous bool) error {
	text := typeName(given[0]) + " " + name
	if prefix {
		text = name + " " + typeName(given[0])
	} else {
		text += " " + typeName(given[1])
	}
	if ambiguous {
		return pgerr.New(pgerrcode.AmbiguousFunction, "operator is not unique: %s", text).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
	}
	e := pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s", text)
	if prefix {
		return e.WithHint("No operator matches the given name and argument type. You might need to add an explicit type cast.")
	}
	return e.WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.")
}

func typeNames(oids []types.OID) string {
	names := make([]string, len(oids))
	for i, o := range oids {
		names[i] = typeName(o)
	}
	return strings.Join(names, ", ")
}

func (o *Overload) signature() signature {
	return signature{args: o.Args, variadic: o.Variadic, defaults: o.Defaults}
}

// withDefaults is o itself, or a copy for n arguments that appends the values of those left out.
func (o *Overload) withDefaults(n int) *Overload {
	if o.Variadic != 0 || n == len(o.Args) {
		return o
	}
	missing := len(o.Args) - n
	fill := o.Fill[len(o.Fill)-missing:]
	fillTypes := make([]types.Type, missing)
	for i, t := range o.Args[n:] {
		fillTypes[i] = types.T(t)
	}
	c := *o
	c.Args, c.Defaults, c.Fill = o.Args[:n], 0, nil
	c.Fn = nil
	c.Typed = func(args []types.Type) Func {
		fn := o.Bind(append(append([]types.Type(nil), args...), fillTypes...))
		return func(ctx *Context, args []types.Datum) (types.Datum, error) {
			full := make([]types.Datum, 0, len(args)+missing)
			return fn(ctx, append(append(full, args...), fill...))
		}
	}
	return &c
}

// withDefaults is f itself, or a copy for n arguments that appends the values of those left out.
func (f *SetReturning) withDefaults(n int) *SetReturning {
	if f.Variadic != 0 || n == len(f.Args) {
		return f
	}
	missing := len(f.Args) - n
	fill := f.Fill[len(f.Fill)-missing:]
	c := *f
	c.Args, c.Defaults, c.Fill = f.Args[:n], 0, nil
	c.Fn = func(ctx *Context, args []types.Datum, emit func([]types.Datum) error) error {
		full := make([]types.Datum, 0, len(args)+missing)
		return f.Fn(ctx, append(append(full, args...), fill...), emit)
	}
	return &c
}

// spreading is a copy of a variadic overload that takes its variadic arguments as one array.
func (o *Overload) spreading(last types.OID) *Overload {
	fixed := len(o.Args)
	array := arrayOf(o.Variadic)
	if o.Variadic == types.AnyOID {
		array = types.AnyArrayOID
	}
	c := *o
	c.Args = append(append([]types.OID(nil), o.Args...), array)
	c.Variadic, c.Fn = 0, nil
	c.Typed = func(args []types.Type) Func {
		elem := types.T(elementOf(last))
		return func(ctx *Context, values []types.Datum) (types.Datum, error) {
			spread := append([]types.Datum(nil), values[:fixed]...)
			spreadTypes := append([]types.Type(nil), args[:fixed]...)
			if a := values[fixed]; !a.IsNull() {
				for _, e := range a.Array().Elems {
					spread, spreadTypes = append(spread, e), append(spreadTypes, elem)
				}
			} else if o.Variadic == types.AnyOID {
				return types.Null, nil
			}
			return o.Bind(spreadTypes)(ctx, spread)
		}
	}
	return &c
}

// hasExact tells whether an overload takes exactly these types.
func hasExact(overloads []*Overload, args []types.OID) bool {
	return slices.ContainsFunc(overloads, func(o *Overload) bool { return o.Variadic == 0 && slices.Equal(o.Args, args) })
}

// coercionCall is the cast that a call of one argument may mean when its name is a type's and no function takes exactly that: float8('1'), text(5).
func coercionCall(name string, args []types.OID) *Overload {
	if len(args) != 1 {
		return nil
	}
	target, ok := types.ByName(name)
	if !ok || target.Kind == 'p' || strings.ContainsAny(name, " []") {
		return nil
	}
	if args[0] != types.UnknownOID {
		c, ok := types.FindCast(args[0], target.OID)
		if !ok || c.Method == 'f' {
			return nil
		}
	}
	return &Overload{Name: name, Args: args, Ret: target.OID, Strict: true, Volatility: Stable, Fn: castFunc(args[0], target.OID)}
}
