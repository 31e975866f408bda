package funcs

import (
	"cmp"
	"errors"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// truth is the result of a predicate.
type truth byte

const (
	isFalse truth = iota
	isTrue
	isUnknown
)

// pathRun evaluates one path over one value. Lax mode unwraps arrays where an item is wanted and passes over what is missing; strict mode reports it.
type pathRun struct {
	strict bool
	root   *types.JSONValue
	vars   *types.JSONValue
	steps  int // evaluated, against the limit
}

// pathScope is what @ and last mean.
type pathScope struct {
	current *types.JSONValue
	last    int // index of the last element, noSubscript outside a subscript
}

const noSubscript = -2

// pathError is an error of evaluation, which predicates turn into unknown and silent calls into nothing.
type pathError struct{ err *pgerr.Error }

func (e pathError) Error() string { return e.err.Error() }
func (e pathError) Unwrap() error { return e.err }

func pathFail(code, format string, args ...any) error {
	return pathError{pgerr.New(code, format, args...)}
}

// run evaluates the whole path; a predicate gives one boolean, null when unknown.
func (p *jsonPath) run(target, vars *types.JSONValue) ([]*types.JSONValue, error) {
	r := &pathRun{strict: p.strict, root: target, vars: vars}
	return r.eval(p.root, pathScope{current: target, last: noSubscript})
}

// eval gives a node's items, with its accessors applied.
func (r *pathRun) eval(n *pathNode, s pathScope) ([]*types.JSONValue, error) {
	items, err := r.base(n, s)
	for _, a := range n.accessors {
		if err != nil {
			return nil, err
		}
		items, err = r.access(items, a)
	}
	return items, err
}

func (r *pathRun) base(n *pathNode, s pathScope) ([]*types.JSONValue, error) {
	one := func(v *types.JSONValue) ([]*types.JSONValue, error) { return []*types.JSONValue{v}, nil }
	switch n.op {
	case "$":
		return one(r.root)
	case "@":
		return one(s.current)
	case "literal":
		return one(n.value)
	case "()":
		return r.eval(n.args[0], s)
	case "var":
		v := r.vars.Field(n.name)
		if v == nil {
			return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find jsonpath variable \"%s\"", n.name)
		}
		return one(v)
	case "last":
		if s.last == noSubscript {
			return nil, pgerr.New(pgerrcode.SyntaxError, "LAST is allowed only in array subscripts")
		}
		return one(types.NewJSONNumber(types.NumericFromInt64(int64(s.last))))
	case "+", "-", "*", "/", "%":
		if len(n.args) == 1 {
			return r.unary(n, s)
		}
		return r.binary(n, s)
	}
	t, err := r.test(n, s)
	switch {
	case err != nil:
		return nil, err
	case t == isUnknown:
		return one(jsonNull)
	}
	return one(types.NewJSONBool(t == isTrue))
}

// operand evaluates for an operator: in lax mode arrays stand for their elements.
func (r *pathRun) operand(n *pathNode, s pathScope) ([]*types.JSONValue, error) {
	items, err := r.eval(n, s)
	if err != nil || r.strict {
		return items, err
	}
	return unwrapArrays(items), nil
}

func unwrapArrays(items []*types.JSONValue) []*types.JSONValue {
	var out []*types.JSONValue
	for _, v := range items {
		if v.Kind == types.JSONArray {
			out = append(out, v.Elems...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func (r *pathRun) unary(n *pathNode, s pathScope) ([]*types.JSONValue, error) {
	items, err := r.operand(n.args[0], s)
	if err != nil {
		return nil, err
	}
	out := make([]*types.JSONValue, len(items))
	for i, v := range items {
		if v.Kind != types.JSONNumber {
			return nil, pathFail(pgerrcode.SQLJSONNumberNotFound, "operand of unary jsonpath operator %s is not a numeric value", n.op)
		}
		if out[i] = v; n.op == "-" {
			out[i] = types.NewJSONNumber(types.NumericNeg(decimal(v)))
		}
	}
	return out, nil
}

func (r *pathRun) binary(n *pathNode, s pathScope) ([]*types.JSONValue, error) {
	var operands [2]*apd.Decimal
	for i, side := range []string{"left", "right"} {
		items, err := r.operand(n.args[i], s)
		if err != nil {
			return nil, err
		}
		if len(items) != 1 || items[0].Kind != types.JSONNumber {
			return nil, pathFail(pgerrcode.SingletonSQLJSONItemRequired, "%s operand of jsonpath operator %s is not a single numeric value", side, n.op)
		}
		operands[i] = decimal(items[0])
	}
	fn := map[string]func(a, b *apd.Decimal) (*apd.Decimal, error){
		"+": types.NumericAdd, "-": types.NumericSub, "*": types.NumericMul, "/": types.NumericDiv, "%": types.NumericMod,
	}[n.op]
	v, err := fn(operands[0], operands[1])
	if err != nil {
		return nil, pathError{pgerr.From(err)}
	}
	return []*types.JSONValue{types.NewJSONNumber(v)}, nil
}

// test evaluates a predicate.
func (r *pathRun) test(n *pathNode, s pathScope) (truth, error) {
	switch n.op {
	case "&&", "||":
		return r.connect(n, s)
	case "!":
		t, err := r.test(n.args[0], s)
		if t != isUnknown {
			t ^= isTrue
		}
		return t, err
	case "is unknown":
		t, err := r.test(n.args[0], s)
		return truthOf(t == isUnknown), err
	case "exists":
		items, err := r.eval(n.args[0], s)
		if err != nil {
			return unknownOr(err)
		}
		return truthOf(len(items) > 0), nil
	case "starts with", "like_regex", "==", "!=", "<", "<=", ">", ">=":
		return r.pairs(n, s)
	}
	return isUnknown, pgerr.New(pgerrcode.SyntaxError, "jsonpath expression is not a predicate")
}

func truthOf(ok bool) truth {
	if ok {
		return isTrue
	}
	return isFalse
}

// unknownOr makes unknown of an evaluation's error and passes others on.
func unknownOr(err error) (truth, error) {
	var e pathError
	if errors.As(err, &e) {
		return isUnknown, nil
	}
	return isUnknown, err
}

func (r *pathRun) connect(n *pathNode, s pathScope) (truth, error) {
	decisive := truthOf(n.op == "||")
	a, err := r.test(n.args[0], s)
	if err != nil || a == decisive {
		return a, err
	}
	b, err := r.test(n.args[1], s)
	if err != nil || b == decisive || a != isUnknown {
		return b, err
	}
	return isUnknown, nil
}

// pairs applies a predicate to every combination of its operands' items: in lax mode one that holds is enough, in strict mode one that is unknown
// makes the whole unknown.
func (r *pathRun) pairs(n *pathNode, s pathScope) (truth, error) {
	left, err := r.operand(n.args[0], s)
	if err != nil {
		return unknownOr(err)
	}
	right := []*types.JSONValue{nil}
	if len(n.args) == 2 {
		if right, err = r.operand(n.args[1], s); err != nil {
			return unknownOr(err)
		}
	}
	result := isFalse
	for _, a := range left {
		for _, b := range right {
			switch t := n.compare(a, b); {
			case t == isTrue && !r.strict, t == isUnknown && r.strict:
				return t, nil
			case t == isTrue && result == isFalse, t == isUnknown:
				result = t
			}
		}
	}
	return result, nil
}

// decimal is a JSON number's value.
func decimal(v *types.JSONValue) *apd.Decimal {
	d, err := v.Numeric()
	if err != nil {
		return &apd.Decimal{Form: apd.NaN} // the parser lets only numbers through that numeric can hold
	}
	return d
}

// compare is one comparison, like_regex or starts with.
func (n *pathNode) compare(a, b *types.JSONValue) truth {
	switch n.op {
	case "like_regex":
		if a.Kind != types.JSONString {
			return isUnknown
		}
		re, err := compileRegex(n.name, n.flags)
		if err != nil {
			return isUnknown
		}
		return truthOf(re.re.MatchString(a.Str))
	case "starts with":
		if a.Kind != types.JSONString || b.Kind != types.JSONString {
			return isUnknown
		}
		return truthOf(strings.HasPrefix(a.Str, b.Str))
	}
	if a.Kind != b.Kind {
		if a.Kind == types.JSONNull || b.Kind == types.JSONNull {
			return truthOf(n.op == "!=")
		}
		return isUnknown
	}
	c := 0
	switch a.Kind {
	case types.JSONNull:
	case types.JSONBool:
		if a.Bool != b.Bool {
			c = -1
			if a.Bool {
				c = 1
			}
		}
	case types.JSONNumber:
		c = types.NumericCompare(decimal(a), decimal(b))
	case types.JSONString:
		c = cmp.Compare(a.Str, b.Str)
	default:
		return isUnknown
	}
	test := map[string]string{"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[n.op]
	return truthOf(tests[test](c))
}

// pathStepsMax bounds the work of one path, so that nested .** cannot run away.
const pathStepsMax = 10_000_000

// access applies one step to every item.
func (r *pathRun) access(items []*types.JSONValue, a pathAccessor) ([]*types.JSONValue, error) {
	if r.steps += len(items); r.steps > pathStepsMax {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "jsonpath visits too many items")
	}
	// Lax mode unwraps an array for the steps that want an item.
	switch {
	case r.strict:
	case a.kind == "key", a.kind == ".*", a.kind == "?", a.kind == "method" && a.name != "type" && a.name != "size":
		items = unwrapArrays(items)
	}
	var out []*types.JSONValue
	for _, v := range items {
		var err error
		switch a.kind {
		case "key":
			out, err = r.member(out, v, a.name)
		case ".*":
			out, err = r.members(out, v)
		case ".**":
			out = descend(out, v, a, 0)
		case "[*]":
			out, err = r.elements(out, v)
		case "[]":
			out, err = r.subscripted(out, v, a)
		case "?":
			var t truth
			if t, err = r.test(a.filter, pathScope{current: v, last: noSubscript}); t == isTrue {
				out = append(out, v)
			}
		case "method":
			out, err = r.method(out, v, a.name)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *pathRun) member(out []*types.JSONValue, v *types.JSONValue, key string) ([]*types.JSONValue, error) {
	if f := v.Field(key); f != nil {
		return append(out, f), nil
	}
	switch {
	case !r.strict:
		return out, nil
	case v.Kind != types.JSONObject:
		return nil, pathFail(pgerrcode.SQLJSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
	}
	return nil, pathFail(pgerrcode.SQLJSONMemberNotFound, "JSON object does not contain key \"%s\"", key)
}

func (r *pathRun) members(out []*types.JSONValue, v *types.JSONValue) ([]*types.JSONValue, error) {
	if v.Kind != types.JSONObject && r.strict {
		return nil, pathFail(pgerrcode.SQLJSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
	}
	for _, m := range v.Members {
		out = append(out, m.Value)
	}
	return out, nil
}

// descend collects v and what is below it, of the levels wanted; -1 as the first level means leaves.
func descend(out []*types.JSONValue, v *types.JSONValue, a pathAccessor, level int) []*types.JSONValue {
	leaf := isJSONScalar(v)
	if a.from < 0 && leaf || a.from >= 0 && level >= a.from && (a.to < 0 || level <= a.to) {
		out = append(out, v)
	}
	if a.to >= 0 && level >= a.to {
		return out
	}
	for _, e := range v.Elems {
		out = descend(out, e, a, level+1)
	}
	for _, m := range v.Members {
		out = descend(out, m.Value, a, level+1)
	}
	return out
}

func (r *pathRun) elements(out []*types.JSONValue, v *types.JSONValue) ([]*types.JSONValue, error) {
	if v.Kind == types.JSONArray {
		return append(out, v.Elems...), nil
	}
	if r.strict {
		return nil, pathFail(pgerrcode.SQLJSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
	}
	return append(out, v), nil
}

func (r *pathRun) subscripted(out []*types.JSONValue, v *types.JSONValue, a pathAccessor) ([]*types.JSONValue, error) {
	elems := []*types.JSONValue{v}
	if v.Kind == types.JSONArray {
		elems = v.Elems
	} else if r.strict {
		return nil, pathFail(pgerrcode.SQLJSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
	}
	scope := pathScope{current: v, last: len(elems) - 1}
	for _, bounds := range a.ranges {
		from, err := r.index(bounds[0], scope)
		if err != nil {
			return nil, err
		}
		to := from
		if bounds[1] != nil {
			if to, err = r.index(bounds[1], scope); err != nil {
				return nil, err
			}
		}
		if r.strict && (from < 0 || from > to || to >= int64(len(elems))) {
			return nil, pathFail(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is out of bounds")
		}
		for i := max(from, 0); i <= min(to, int64(len(elems))-1); i++ {
			out = append(out, elems[i])
		}
	}
	return out, nil
}

func (r *pathRun) index(n *pathNode, s pathScope) (int64, error) {
	items, err := r.eval(n, s)
	if err != nil {
		return 0, err
	}
	if len(items) != 1 || items[0].Kind != types.JSONNumber {
		return 0, pathFail(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is not a single numeric value")
	}
	whole, err := types.NumericTrunc(decimal(items[0]), 0)
	if err != nil {
		return 0, err
	}
	i, ok := types.NumericToInt64(whole)
	if !ok || i != int64(int32(i)) {
		return 0, pathFail(pgerrcode.InvalidSQLJSONSubscript, "jsonpath array subscript is out of integer range")
	}
	return i, nil
}

func (r *pathRun) method(out []*types.JSONValue, v *types.JSONValue, name string) ([]*types.JSONValue, error) {
	switch name {
	case "type":
		return append(out, types.NewJSONString(jsonTypeNames[v.Kind])), nil
	case "size":
		if v.Kind != types.JSONArray && r.strict {
			return nil, pathFail(pgerrcode.SQLJSONArrayNotFound, "jsonpath item method .size() can only be applied to an array")
		}
		n := 1
		if v.Kind == types.JSONArray {
			n = len(v.Elems)
		}
		return append(out, types.NewJSONNumber(types.NumericFromInt64(int64(n)))), nil
	case "keyvalue":
		return r.keyValue(out, v)
	case "double":
		return r.double(out, v)
	}
	if v.Kind != types.JSONNumber {
		return nil, pathFail(pgerrcode.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to a numeric value", name)
	}
	fn := map[string]func(*apd.Decimal) *apd.Decimal{"floor": types.NumericFloor, "ceiling": types.NumericCeil, "abs": types.NumericAbs}[name]
	return append(out, types.NewJSONNumber(fn(decimal(v)))), nil
}

func (r *pathRun) double(out []*types.JSONValue, v *types.JSONValue) ([]*types.JSONValue, error) {
	switch v.Kind {
	case types.JSONNumber:
		return append(out, v), nil
	case types.JSONString:
		f, err := types.ParseText(nil, types.T(types.Float8OID), v.Str)
		if err != nil || isInf(f.Float()) || f.Float() != f.Float() {
			return nil, pathFail(pgerrcode.NonNumericSQLJSONItem, "string argument of jsonpath item method .double() is not a valid representation of a double precision number")
		}
		return append(out, types.NewJSONNumber(types.NumericFromFloat64(f.Float()))), nil
	}
	return nil, pathFail(pgerrcode.NonNumericSQLJSONItem, "jsonpath item method .double() can only be applied to a string or numeric value")
}

// keyValue gives an object for each member. Its id tells objects apart in Postgres; here it is always that of the root.
func (r *pathRun) keyValue(out []*types.JSONValue, v *types.JSONValue) ([]*types.JSONValue, error) {
	if v.Kind != types.JSONObject {
		return nil, pathFail(pgerrcode.SQLJSONObjectNotFound, "jsonpath item method .keyvalue() can only be applied to an object")
	}
	for _, m := range v.Members {
		out = append(out, types.NewJSONObject([]types.JSONMember{
			{Key: "key", Value: types.NewJSONString(m.Key)}, {Key: "value", Value: m.Value},
			{Key: "id", Value: types.NewJSONNumber(types.NumericFromInt64(0))},
		}))
	}
	return out, nil
}
