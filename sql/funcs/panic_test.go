package funcs

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"vecgres/sql/types"
)

// samples are values of each type that are likely to hurt, in text form.
var samples = map[types.OID][]string{
	types.BoolOID:        {"t", "f"},
	types.Int2OID:        {"0", "1", "-1", "-32768", "32767", "5"},
	types.Int4OID:        {"0", "1", "-1", "-2147483648", "2147483647", "3"},
	types.Int8OID:        {"0", "1", "-1", "-9223372036854775808", "9223372036854775807", "7"},
	types.Float4OID:      {"0", "1.5", "-1.5", "NaN", "Infinity", "-Infinity", "1e38"},
	types.Float8OID:      {"0", "1.5", "-1.5", "NaN", "Infinity", "-Infinity", "1e308", "1e-308", "-0"},
	types.NumericOID:     {"0", "1", "-1.50", "NaN", "Infinity", "-Infinity", "1e50", "0.00000000000001", "123456789012345678901234567890.12"},
	types.TextOID:        {"", "a", "abc", "é€😀", "a,b", "%_\\", "(", "[a-", "YYYY-MM-DD", "99.99", "{\"a\":1}", "$.a[*]", "UTC", "year", "hex", "*", "\\", "i", " x "},
	types.VarcharOID:     {"", "abc"},
	types.BpcharOID:      {"", "ab "},
	types.NameOID:        {"", "abc"},
	types.CharOID:        {"a"},
	types.ByteaOID:       {"\\x", "\\x00ff", "\\x616263"},
	types.DateOID:        {"2024-02-29", "infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"},
	types.TimeOID:        {"00:00", "24:00", "12:34:56.789"},
	types.TimetzOID:      {"00:00+00", "12:34:56.789-15:59"},
	types.TimestampOID:   {"2024-02-29 12:34:56.789", "infinity", "-infinity", "4713-01-01 BC", "294276-12-31 23:59:59"},
	types.TimestamptzOID: {"2024-02-29 12:34:56.789+00", "infinity", "-infinity", "4714-12-01 00:00+00 BC", "294276-12-31 23:59:59+00"},
	types.IntervalOID:    {"0", "1 mon -1 day 12:34:56.7", "-178000000 years", "2147483647 days", "178000000 years", "00:00:00.000001"},
	types.UUIDOID:        {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	types.JSONOID:        {"{}", "[]", "null", "1", "\"x\"", "{\"a\":{\"b\":[1,null]}}", "[1,[2],{\"a\":3}]"},
	types.JSONBOID:       {"{}", "[]", "null", "1", "\"x\"", "{\"a\":{\"b\":[1,null]}}", "[1,[2],{\"a\":3}]"},
	types.OidOID:         {"0", "23", "4294967295"},
	types.XidOID:         {"1"},
	types.Xid8OID:        {"1"},
	types.VectorOID:      {"[1]", "[1,2,3]", "[0,0,0]", "[3e38,-3e38,1e-38]"},
	types.HalfvecOID:     {"[1]", "[1,2,3]", "[65000,0,0]"},
	types.SparsevecOID:   {"{}/3", "{1:1,3:2}/3", "{1:3e38}/3"},
	types.VarbitOID:      {"", "101", "111100001"},
	types.BitOID:         {"1", "0"},
	types.Int4ArrayOID:   {"{}", "{1,2,NULL}", "{{1,2},{3,4}}", "[0:1]={5,6}", "{-1,1000000,1000000}"},
	types.TextArrayOID:   {"{}", "{a,NULL,b}", "{{a,b},{c,d}}", "{a,0,-1}"},
	types.Float8ArrayOID: {"{}", "{0,0.5,1}", "{NULL,NaN}"},
}

// sampler makes arguments for declared types.
type sampler struct {
	rng *rand.Rand
	ctx *Context
	// element is what polymorphic parameters of the call at hand stand for.
	element types.OID
}

func (s *sampler) concrete(t types.OID) types.OID {
	switch t {
	case types.AnyElementOID, types.AnyNonArrayOID, types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
		return s.element
	case types.AnyArrayOID, types.AnyCompatibleArrayOID:
		return types.ArrayTypeOf(s.element)
	case types.AnyOID:
		choices := []types.OID{types.Int4OID, types.TextOID, types.NumericOID, types.JSONBOID, types.Int4ArrayOID}
		return choices[s.rng.IntN(len(choices))]
	}
	return t
}

func (s *sampler) value(t types.OID, strict bool) (types.Datum, bool) {
	if !strict && s.rng.IntN(6) == 0 {
		return types.Null, true
	}
	texts, ok := samples[t]
	if !ok {
		return types.Null, false
	}
	d, err := types.ParseText(s.ctx.Env, types.T(t), texts[s.rng.IntN(len(texts))])
	return d, err == nil
}

// row makes the arguments of one call, false when a type has no samples.
func (s *sampler) row(declared []types.OID, variadic types.OID, strict bool) (row, []types.Type, bool) {
	choices := []types.OID{types.Int4OID, types.TextOID}
	s.element = choices[s.rng.IntN(len(choices))]
	all := append([]types.OID(nil), declared...)
	if variadic != 0 {
		for range 1 + s.rng.IntN(3) {
			all = append(all, variadic)
		}
	}
	values, ts := make(row, len(all)), make([]types.Type, len(all))
	for i, t := range all {
		t = s.concrete(t)
		d, ok := s.value(t, strict)
		if !ok {
			return nil, nil, false
		}
		values[i], ts[i] = d, types.T(t)
	}
	return values, ts, true
}

// expensive are functions that samples would keep busy, or that wait.
var expensive = words(`pg_sleep pg_sleep_for pg_sleep_until repeat lpad rpad power pow exp factorial array_fill ^ setseed`)

const callsPerFunction = 60

// TestNothingPanics calls every function, set-returning function and aggregate with hostile values.
func TestNothingPanics(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &sampler{rng: rand.New(rand.NewPCG(seed, 1)), ctx: goldenContext(t)}
	guard := func(name string, values row, fn func()) {
		defer func() {
			if e := recover(); e != nil {
				t.Errorf("%s%v: panic: %v", name, values, e)
			}
		}()
		fn()
	}
	untested := 0
	for o := range AllFunctions() {
		if expensive[o.Name] {
			continue
		}
		ran := false
		for range callsPerFunction {
			values, ts, ok := s.row(o.Args, o.Variadic, o.Strict)
			if !ok {
				continue
			}
			ran = true
			guard(fmt.Sprintf("%s %v", o.Name, o.Args), values, func() {
				d, err := o.Bind(ts)(s.ctx, values)
				if err == nil && !d.IsNull() && !isPolymorphic(o.Ret) {
					types.FormatText(s.ctx.Env, o.Ret, d)
				}
			})
		}
		if !ran {
			untested++
		}
	}
	t.Logf("%d functions have arguments of types without samples", untested)
	for f := range AllSetReturnings() {
		for range callsPerFunction {
			values, ts, ok := s.row(f.Args, f.Variadic, f.Strict)
			if !ok || f.Name == "generate_series" {
				continue
			}
			rows := 0
			guard(f.Name, values, func() {
				_ = f.Bind(ts, f.Columns)(s.ctx, values, func(row) error {
					if rows++; rows > 1000 {
						return errEnough
					}
					return nil
				})
			})
		}
	}
	for a := range AllAggregates() {
		for range callsPerFunction / 4 {
			_, ts, ok := s.row(a.Args, a.Variadic, false)
			if !ok || a.Hypothetical { // those get what the executor compared, not the arguments
				continue
			}
			guard(a.Name, nil, func() { runSampled(s, a, ts) })
		}
	}
}

var errEnough = fmt.Errorf("enough rows")

func runSampled(s *sampler, a *Aggregate, ts []types.Type) {
	state := a.New(s.ctx, ts)
	for range s.rng.IntN(5) {
		values := make(row, len(ts))
		skip := false
		for i, t := range ts {
			values[i], _ = s.value(t.OID, false)
			skip = skip || a.Strict && values[i].IsNull()
		}
		if skip {
			continue
		}
		if err := state.Add(values); err != nil {
			return
		}
	}
	_, _ = state.Result()
}

func FuzzRegex(f *testing.F) {
	f.Add("a(b|c)*?d{2,3}", "abcdd", "i")
	f.Add(`[[:alpha:]\d]+\m\y`, "x1", "n")
	f.Add("(?i)***=[", "", "x")
	f.Fuzz(func(t *testing.T, pattern, s, flags string) {
		r, _, err := regexOf(pattern, flags)
		if err != nil {
			return
		}
		for _, m := range r.all(s, 0, 0) {
			if m[0] > m[1] || m[1] > len(s) {
				t.Fatalf("match %v of %q", m, s)
			}
		}
		r.replace(s, 0, `\1\&`, 0)
	})
}

func FuzzLike(f *testing.F) {
	f.Add("abc", "a%")
	f.Add("a%c", `a\%_`)
	f.Fuzz(func(t *testing.T, s, pattern string) {
		got, err := Like(s, pattern)
		if ok, _ := Like(s, "%"); !ok {
			t.Fatalf("%% does not match %q", s)
		}
		if err == nil && !got {
			return
		}
		if longer, err2 := Like(s+"x", pattern+"_"); err == nil && (err2 != nil || !longer) {
			t.Fatalf("%q ~~ %q but not with one more character", s, pattern)
		}
	})
}

func FuzzPatterns(f *testing.F) {
	f.Add("2024-02-29 10:11:12", "YYYY-MM-DD HH24:MI:SS")
	f.Add("-34,338,492.65", "99G999G999D99S")
	f.Add("IV Mon 12", "FMRM Dy FF3 TH")
	f.Fuzz(func(t *testing.T, s, pattern string) {
		ctx := goldenContext(t)
		a := row{types.Text(s), types.Text(pattern)}
		for _, fn := range []Func{toDate, toTimestamp, toNumber} {
			_, _ = fn(ctx, a)
		}
		moment := row{types.Int(int64(len(s)) * 1e15), types.Text(pattern)}
		for _, fn := range []Func{toChar(types.TimestampOID), toChar(types.TimestamptzOID), toChar(types.IntervalOID), numberChar(layoutInt)} {
			_, _ = fn(ctx, moment)
		}
		_, _ = numberChar(layoutFloat(15))(ctx, row{types.Float(float64(len(s)) / 3), types.Text(pattern)})
	})
}

func FuzzJSONPath(f *testing.F) {
	f.Add(`$.a[*] ? (@.b > 1 && exists(@.c)).size()`, `{"a":[{"b":2,"c":1}]}`)
	f.Add(`strict $.**{1 to last}[last - 1, 0 to $x]`, `[1,[2,3]]`)
	f.Fuzz(func(t *testing.T, path, target string) {
		canonical, err := types.NormalizeJSONB(target)
		if err != nil || len(path) > 200 || len(target) > 200 {
			return
		}
		_, _, _ = runJSONPath(row{types.Text(canonical), types.Text(path)}, false)
	})
}

func FuzzFormat(f *testing.F) {
	f.Add("%2$-10s|%1$*3$I|%L%%", "x")
	f.Fuzz(func(t *testing.T, format, arg string) {
		if len(format) > 100 {
			return
		}
		args := []types.Type{types.T(types.TextOID), types.T(types.TextOID), types.T(types.Int4OID)}
		_, _ = formatText(args)(goldenContext(t), row{types.Text(format), types.Text(arg), types.Int(5)})
	})
}
