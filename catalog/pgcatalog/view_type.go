package pgcatalog

import (
	"vecgres/catalog"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

type pgType struct {
	OID       types.OID   `pg:"oid"`
	Name      string      `pg:"typname"`
	Namespace catalog.OID `pg:"typnamespace"`
	Owner     catalog.OID `pg:"typowner"`
	Len       int16       `pg:"typlen"`
	ByVal     bool        `pg:"typbyval"`
	Type      byte        `pg:"typtype"`
	Category  byte        `pg:"typcategory"`
	Preferred bool        `pg:"typispreferred"`
	Defined   bool        `pg:"typisdefined"`
	Delim     byte        `pg:"typdelim"`
	Rel       catalog.OID `pg:"typrelid"`
	Subscript catalog.OID `pg:"typsubscript"`
	Elem      types.OID   `pg:"typelem"`
	Array     types.OID   `pg:"typarray"`
	Input     catalog.OID `pg:"typinput"`
	Output    catalog.OID `pg:"typoutput"`
	Receive   catalog.OID `pg:"typreceive"`
	Send      catalog.OID `pg:"typsend"`
	Align     byte        `pg:"typalign"`
	Storage   byte        `pg:"typstorage"`
	NotNull   bool        `pg:"typnotnull"`
	BaseType  types.OID   `pg:"typbasetype"`
	Mod       int32       `pg:"typtypmod"`
	NDims     int32       `pg:"typndims"`
	Collation catalog.OID `pg:"typcollation"`
}

// isVectorType tells the extension's types, which live in public.
func isVectorType(oid types.OID) bool {
	return oid >= types.VectorOID && oid <= types.SparsevecArrayOID
}

func namespaceOfType(oid types.OID) catalog.OID {
	if isVectorType(oid) {
		return catalog.PublicNamespaceOID
	}
	return catalog.CatalogNamespaceOID
}

// arraySubscriptOID is array_subscript_handler.
const arraySubscriptOID catalog.OID = 6179

func typeRow(info *types.Info) *pgType {
	io := typeIO()[info.OID]
	r := &pgType{OID: info.OID, Name: info.Name, Namespace: namespaceOfType(info.OID), Owner: catalog.BootstrapRoleOID, Len: info.Len, ByVal: info.ByVal,
		Type: info.Kind, Category: info.Category, Preferred: info.Preferred, Defined: true, Delim: info.Delim, Elem: info.Elem, Array: info.Array,
		Input: io[0].oid, Output: io[1].oid, Receive: io[2].oid, Send: io[3].oid, Align: info.Align, Storage: info.Storage, Mod: -1, Collation: collationOf(info.OID)}
	if info.Category == 'A' {
		r.Subscript = arraySubscriptOID
	}
	return r
}

func typeRows(q *query, yield func(*pgType) error) error {
	if oid, ok := q.oid("oid"); ok {
		if info, ok := types.Lookup(types.OID(oid)); ok {
			return yield(typeRow(info))
		}
		return nil
	}
	for _, info := range types.All() {
		if err := yield(typeRow(info)); err != nil {
			return err
		}
	}
	return nil
}

type pgProc struct {
	OID       catalog.OID   `pg:"oid"`
	Name      string        `pg:"proname"`
	Namespace catalog.OID   `pg:"pronamespace"`
	Owner     catalog.OID   `pg:"proowner"`
	Lang      catalog.OID   `pg:"prolang"`
	Cost      float64       `pg:"procost"`
	Rows      float64       `pg:"prorows"`
	Variadic  types.OID     `pg:"provariadic"`
	Kind      string        `pg:"prokind"`
	SecDef    bool          `pg:"prosecdef"`
	LeakProof bool          `pg:"proleakproof"`
	Strict    bool          `pg:"proisstrict"`
	RetSet    bool          `pg:"proretset"`
	Volatile  string        `pg:"provolatile"`
	Parallel  string        `pg:"proparallel"`
	NArgs     int16         `pg:"pronargs"`
	NDefaults int16         `pg:"pronargdefaults"`
	Ret       types.OID     `pg:"prorettype"`
	ArgTypes  []catalog.OID `pg:"proargtypes"`
	Src       string        `pg:"prosrc"`
}

func oidsOf(args []types.OID, variadic types.OID) []catalog.OID {
	out := make([]catalog.OID, 0, len(args)+1)
	for _, a := range args {
		out = append(out, catalog.OID(a))
	}
	if variadic != 0 {
		v := types.AnyOID
		if info, ok := types.Lookup(variadic); ok && variadic != types.AnyOID {
			v = info.Array
		}
		out = append(out, catalog.OID(v))
	}
	return out
}

func proc(oid uint32, name, kind string, args []types.OID, variadic, ret types.OID) *pgProc {
	list := oidsOf(args, variadic)
	ns := catalog.CatalogNamespaceOID
	for _, a := range list {
		if isVectorType(types.OID(a)) {
			ns = catalog.PublicNamespaceOID
		}
	}
	return &pgProc{OID: catalog.OID(oid), Name: name, Namespace: ns, Owner: catalog.BootstrapRoleOID, Lang: 12, Cost: 1, Variadic: variadic, Kind: kind, Strict: true,
		Volatile: "i", Parallel: "s", NArgs: int16(len(list)), Ret: ret, ArgTypes: list, Src: name}
}

func procs(_ *query, yield func(*pgProc) error) error {
	if err := ioProcs(yield); err != nil {
		return err
	}
	for f := range funcs.AllFunctions() {
		r := proc(f.OID, f.Name, "f", f.Args, f.Variadic, f.Ret)
		r.Strict, r.Volatile, r.NDefaults = f.Strict, string(rune(f.Volatility)), int16(f.Defaults)
		if err := yield(r); err != nil {
			return err
		}
	}
	for f := range funcs.AllSetReturnings() {
		ret := types.RecordOID
		if len(f.Columns) == 1 {
			ret = f.Columns[0].Type
		}
		r := proc(f.OID, f.Name, "f", f.Args, f.Variadic, ret)
		r.Strict, r.RetSet, r.Rows = f.Strict, true, 1000
		if err := yield(r); err != nil {
			return err
		}
	}
	for f := range funcs.AllAggregates() {
		r := proc(f.OID, f.Name, "a", f.Args, f.Variadic, f.Ret)
		r.Strict = false
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

type pgAggregate struct {
	Fn     catalog.OID `pg:"aggfnoid"`
	Kind   string      `pg:"aggkind"`
	Direct int16       `pg:"aggnumdirectargs"`
}

func aggregates(_ *query, yield func(*pgAggregate) error) error {
	for f := range funcs.AllAggregates() {
		kind := "n"
		if f.OrderedSet {
			kind = "o"
		}
		if err := yield(&pgAggregate{catalog.OID(f.OID), kind, 0}); err != nil {
			return err
		}
	}
	return nil
}

type pgOperator struct {
	OID       catalog.OID `pg:"oid"`
	Name      string      `pg:"oprname"`
	Namespace catalog.OID `pg:"oprnamespace"`
	Owner     catalog.OID `pg:"oprowner"`
	Kind      string      `pg:"oprkind"`
	Merge     bool        `pg:"oprcanmerge"`
	Hash      bool        `pg:"oprcanhash"`
	Left      types.OID   `pg:"oprleft"`
	Right     types.OID   `pg:"oprright"`
	Result    types.OID   `pg:"oprresult"`
	Code      catalog.OID `pg:"oprcode"`
}

func operators(_ *query, yield func(*pgOperator) error) error {
	for o := range funcs.AllOperators() {
		kind := "b"
		if o.Left == 0 {
			kind = "l"
		}
		ns := catalog.CatalogNamespaceOID
		if isVectorType(o.Right) || isVectorType(o.Left) {
			ns = catalog.PublicNamespaceOID
		}
		equal := o.Name == "="
		if err := yield(&pgOperator{catalog.OID(o.OID), o.Name, ns, catalog.BootstrapRoleOID, kind, equal, equal, o.Left, o.Right, o.Ret, catalog.OID(o.Fn.OID)}); err != nil {
			return err
		}
	}
	return nil
}

type pgCast struct {
	OID     catalog.OID `pg:"oid"`
	Source  types.OID   `pg:"castsource"`
	Target  types.OID   `pg:"casttarget"`
	Func    catalog.OID `pg:"castfunc"`
	Context string      `pg:"castcontext"`
	Method  string      `pg:"castmethod"`
}

// firstCastOID numbers the casts: Postgres' own numbers differ from version to version.
const firstCastOID catalog.OID = 10030

func casts(_ *query, yield func(*pgCast) error) error {
	oid := firstCastOID
	for _, c := range types.Casts() {
		if err := yield(&pgCast{oid, c.From, c.To, 0, string(rune(c.Context)), string(rune(c.Method))}); err != nil {
			return err
		}
		oid++
	}
	return nil
}
