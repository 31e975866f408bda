package binder

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// call binds a function call: a window function, an aggregate, a set-returning function, a scalar function, or a cast written as one.
func (b *binder) call(q *query, call *ast.FuncCall) (bound.Scalar, error) {
	name := b.functionName(call)
	if err := b.checkFunctionSchema(call); err != nil {
		return nil, err
	}
	switch {
	case b.isForeign(call, name):
		args, err := b.callArgs(q, call)
		if err != nil {
			return nil, err
		}
		return nil, undefinedFunction(call.Name.Schema()+"."+name, args, call.Pos)
	case call.Over != nil:
		return b.windowCall(q, call, name)
	case len(windowFunctions[name]) > 0 && len(funcs.Functions(name)) == 0 && !call.WithinGroup:
		if _, err := b.callArgs(q, call); err != nil {
			return nil, err
		}
		return nil, pgerr.New(pgerrcode.WrongObjectType, "window function %s requires an OVER clause", name).At(int(call.Pos))
	case len(funcs.Aggregates(name)) > 0 && !b.isScalarCall(call, name):
		return b.aggregateCall(q, call, name)
	}
	if len(funcs.SetReturnings(name)) > 0 {
		return b.setInTargets(q, call)
	}
	return b.scalarCall(q, call, name)
}

// functionName is the name that the registry knows a function by: functions of other schemas than pg_catalog are known by their full name where the
// registry has one, and extensions' functions are one for all schemas.
func (b *binder) functionName(call *ast.FuncCall) string {
	name := b.cut(call.Name.Last())
	if s := call.Name.Schema(); s != "" && s != "pg_catalog" {
		if full := s + "." + name; known(full) {
			return full
		}
	}
	return name
}

// extensionOID is the first OID of extensions' functions, which are found in every schema: nothing says where the extension was put.
const extensionOID = 16000

// isForeign tells a function qualified with a schema that cannot hold it.
func (b *binder) isForeign(call *ast.FuncCall, name string) bool {
	s := call.Name.Schema()
	if s == "" || s == "pg_catalog" || name == s+"."+call.Name.Last() {
		return false
	}
	for _, f := range funcs.Functions(name) {
		if f.OID >= extensionOID {
			return false
		}
	}
	for _, a := range funcs.Aggregates(name) {
		if a.OID >= extensionOID {
			return false
		}
	}
	return true
}

func known(name string) bool {
	return len(funcs.Functions(name)) > 0 || len(funcs.SetReturnings(name)) > 0 || len(funcs.Aggregates(name)) > 0
}

func (b *binder) checkFunctionSchema(call *ast.FuncCall) error {
	s := call.Name.Schema()
	if s == "" || s == "pg_catalog" {
		return nil
	}
	ns, err := b.o.Catalog.NamespaceByPath(s)
	if err == nil && ns == nil {
		err = pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", s).At(int(call.Pos))
	}
	return err
}

// isScalarCall tells a call of a name that is an aggregate with other numbers of arguments and a function with this one.
func (b *binder) isScalarCall(call *ast.FuncCall, name string) bool {
	if call.Star || call.Distinct || call.Filter != nil || len(call.OrderBy) > 0 {
		return false
	}
	for _, a := range funcs.Aggregates(name) {
		if len(a.Args) == len(call.Args) || a.Variadic != 0 {
			return false
		}
	}
	for _, f := range funcs.Functions(name) {
		if len(call.Args) <= len(f.Args) && len(call.Args) >= len(f.Args)-f.Defaults || f.Variadic != 0 {
			return true
		}
	}
	return false
}

// checkScalarForm refuses what only aggregates take.
func checkScalarForm(call *ast.FuncCall, name string) error {
	what := ""
	switch {
	case call.Star:
		return pgerr.New(pgerrcode.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", name, name).At(int(call.Pos))
	case call.Distinct:
		what = "DISTINCT"
	case call.WithinGroup:
		what = "WITHIN GROUP"
	case len(call.OrderBy) > 0:
		what = "ORDER BY"
	case call.Filter != nil:
		what = "FILTER"
	default:
		return nil
	}
	return pgerr.New(pgerrcode.WrongObjectType, "%s specified, but %s is not an aggregate function", what, name).At(int(call.Pos))
}

// callArgs binds a call's arguments; a whole row t.* is one argument.
func (b *binder) callArgs(q *query, call *ast.FuncCall) ([]operand, error) {
	args := make([]operand, 0, len(call.Args))
	for _, e := range call.Args {
		s, err := b.expr(q, e)
		if err != nil {
			return nil, err
		}
		args = append(args, operand{s, leftmost(e)})
	}
	return args, nil
}

func operandTypes(args []operand) []types.OID {
	oids := make([]types.OID, len(args))
	for i, a := range args {
		oids[i] = a.s.Type().OID
	}
	return oids
}

// convertArgs casts arguments to the types that resolution chose.
func (b *binder) convertArgs(args []operand, casts []types.OID) ([]bound.Scalar, error) {
	out := make([]bound.Scalar, len(args))
	for i, a := range args {
		to := casts[i]
		if to == types.UnknownOID { // an untyped literal for "any" is text
			to = types.TextOID
		}
		var err error
		if out[i], err = b.mustCoerce(a.s, to, a.pos); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// scalarCall resolves a call of a scalar function.
func (b *binder) scalarCall(q *query, call *ast.FuncCall, name string) (bound.Scalar, error) {
	args, err := b.callArgs(q, call)
	if err != nil {
		return nil, err
	}
	if s, err := b.fieldAsFunction(call, args); s != nil || err != nil {
		return s, err
	}
	if s, err := b.castAsFunction(call, name, args); s != nil || err != nil {
		return s, err
	}
	if call.ArgNames != nil {
		if args, err = b.nameArgs(call, name, args); err != nil {
			return nil, err
		}
	}
	resolve := funcs.ResolveFunction
	if call.Variadic {
		if err := b.checkVariadic(args[len(args)-1]); err != nil {
			return nil, err
		}
		resolve = funcs.ResolveVariadic
	}
	fn, casts, ret, err := resolve(name, operandTypes(args))
	if err != nil {
		return nil, b.functionError(err, call, name)
	}
	if err := checkScalarForm(call, name); err != nil {
		return nil, err
	}
	if name == "pg_typeof" && isUntyped(args[0].s) {
		return &bound.Const{Value: types.Int(int64(types.UnknownOID)), Typ: types.T(ret)}, nil
	}
	converted, err := b.convertArgs(args, casts)
	if err != nil {
		return nil, err
	}
	return b.newCall(fn, "", converted, ret, call.Pos), nil
}

// isUntyped tells a literal that nothing has given a type.
func isUntyped(s bound.Scalar) bool {
	_, ok := s.(*bound.Const)
	return ok && s.Type().OID == types.UnknownOID
}

// functionError gives a resolution error its position and the name as written. Polymorphic mistakes have no position, as in Postgres.
func (b *binder) functionError(err error, call *ast.FuncCall, name string) error {
	e := pgerr.From(err)
	if e.Code == pgerrcode.DatatypeMismatch {
		return e
	}
	if s := call.Name.Schema(); s != "" && !strings.Contains(e.Message, s+"."+call.Name.Last()) {
		e.Message = strings.Replace(e.Message, "function "+name+"(", "function "+s+"."+call.Name.Last()+"(", 1)
	}
	return e.At(int(call.Pos))
}

func undefinedFunction(name string, args []operand, pos ast.Pos) error {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = typeName(a.s.Type())
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "function %s(%s) does not exist", name, strings.Join(names, ", ")).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.").At(int(pos))
}

func (b *binder) checkVariadic(last operand) error {
	t := last.s.Type().OID
	if t != types.UnknownOID && types.ElemOf(t) == 0 {
		return pgerr.New(pgerrcode.DatatypeMismatch, "VARIADIC argument must be an array").At(int(last.pos))
	}
	return nil
}

// newCall makes a call with its type, which may carry a modifier.
func (b *binder) newCall(fn *funcs.Overload, op string, args []bound.Scalar, ret types.OID, pos ast.Pos) bound.Scalar {
	t := types.T(ret)
	if fn.RetType != nil {
		argTypes := make([]types.Type, len(args))
		for i, a := range args {
			argTypes[i] = a.Type()
		}
		t = fn.RetType(argTypes)
	}
	if fn.Volatility == funcs.Volatile {
		b.result.Volatile = true
	}
	return &bound.Call{Fn: fn, Op: op, Args: args, Typ: t, Pos: pos}
}

// fieldAsFunction is f(row) where the row has a column f.
func (b *binder) fieldAsFunction(call *ast.FuncCall, args []operand) (bound.Scalar, error) {
	if len(args) != 1 || len(call.Name.Parts) != 1 || call.Variadic || args[0].s.Type().OID != types.RecordOID || known(call.Name.Last()) {
		return nil, nil
	}
	for i, c := range b.shapeOf(args[0].s) {
		if c.Name == call.Name.Last() {
			return field(args[0].s, i, c.Type), nil
		}
	}
	return nil, nil
}

// castAsFunction is type(x) where no function takes x as it is: float8('1'), text(5).
func (b *binder) castAsFunction(call *ast.FuncCall, name string, args []operand) (bound.Scalar, error) {
	if len(args) != 1 || call.ArgNames != nil || call.Variadic {
		return nil, nil
	}
	info, ok := types.ByName(name)
	if !ok || info.Name != name {
		return nil, nil
	}
	from := args[0].s.Type().OID
	for _, f := range funcs.Functions(name) {
		if slices.Equal(f.Args, []types.OID{from}) {
			return nil, nil
		}
	}
	if from != types.UnknownOID {
		c, ok := types.FindCast(from, info.OID)
		if !ok || c.Method == 'f' || c.Method == 'i' && from == types.RecordOID {
			return nil, nil
		}
	}
	return b.explicitCast(args[0].s, types.T(info.OID), call.Pos)
}

// nameArgs puts named arguments in their places; parameters between them that are left out get their defaults.
func (b *binder) nameArgs(call *ast.FuncCall, name string, args []operand) ([]operand, error) {
	if err := checkArgNames(call); err != nil {
		return nil, err
	}
	for _, f := range funcs.Functions(name) {
		if placed := b.place(f, call, args); placed != nil {
			return placed, nil
		}
	}
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = typeName(a.s.Type())
		if call.ArgNames[i] != "" {
			names[i] = call.ArgNames[i] + " => " + names[i]
		}
	}
	return nil, pgerr.New(pgerrcode.UndefinedFunction, "function %s(%s) does not exist", name, strings.Join(names, ", ")).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.").At(int(call.Pos))
}

func checkArgNames(call *ast.FuncCall) error {
	named := false
	for i, n := range call.ArgNames {
		switch {
		case n == "" && named:
			return pgerr.New(pgerrcode.SyntaxError, "positional argument cannot follow named argument").At(int(leftmost(call.Args[i])))
		case n != "" && slices.Contains(call.ArgNames[:i], n):
			return pgerr.New(pgerrcode.SyntaxError, "argument name \"%s\" used more than once", n).At(int(leftmost(call.Args[i])))
		}
		named = named || n != ""
	}
	return nil
}

// place orders arguments as an overload's parameters stand; nil when they do not fit it.
func (b *binder) place(f *funcs.Overload, call *ast.FuncCall, args []operand) []operand {
	if len(f.ArgNames) < len(f.Args) || len(args) > len(f.Args) {
		return nil
	}
	placed := make([]operand, len(f.Args))
	for i, a := range args {
		at := i
		if n := call.ArgNames[i]; n != "" {
			at = slices.Index(f.ArgNames[:len(f.Args)], n)
		}
		if at < 0 || placed[at].s != nil {
			return nil
		}
		placed[at] = a
	}
	required := len(f.Args) - f.Defaults
	for i := range placed {
		if placed[i].s != nil {
			if t := placed[i].s.Type().OID; t != types.UnknownOID && !implicit(t, f.Args[i]) && category(f.Args[i]) != 'P' {
				return nil
			}
			continue
		}
		if i < required {
			return nil
		}
		value := f.Fill[len(f.Fill)-len(f.Args)+i]
		placed[i] = operand{&bound.Const{Value: value, Typ: types.T(f.Args[i])}, call.Pos}
	}
	return placed
}

// sqlValue binds CURRENT_DATE and its kin.
func (b *binder) sqlValue(e *ast.SQLValueFunction) (bound.Scalar, error) {
	fn, ok := funcs.SQLValue(e.Name, e.Mod)
	if !ok {
		return nil, pgerr.Unimplemented(strings.ToUpper(e.Name)).At(int(e.Pos))
	}
	return b.newCall(fn, "", nil, fn.Ret, e.Pos), nil
}
