package funcs

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"vecgres/sql/oracle"
	"vecgres/sql/types"
)

// notCompared are functions whose result depends on the session or on time, that would keep a server busy, or that differ for a known reason: three-way
// comparisons give other magnitudes, jsonpath is text here, and Postgres 15 lets intervals overflow silently where 16 does not.
var notCompared = words(`random pg_sleep pg_sleep_for pg_sleep_until setseed gen_random_uuid clock_timestamp timeofday now statement_timestamp
	transaction_timestamp version pg_postmaster_start_time pg_conf_load_time repeat lpad rpad power pow numeric_power exp numeric_exp factorial
	array_fill pg_column_size current_database current_user session_user current_schema current_schemas getpgusername current_setting set_config
	pg_backend_pid pg_cancel_backend pg_terminate_backend lastval nextval currval setval pg_my_temp_schema pg_jit_available pg_encoding_max_length
	convert_from convert_to regclass pg_char_to_encoding make_interval make_timestamptz timestamp_mi timestamptz_mi age timezone date_trunc
	date_part width_bucket make_time make_date cotd setof_ inet_client_addr inet_client_port inet_server_addr inet_server_port mxid_age`)

// TestRandomCallsAgainstPostgres runs random calls of every function here and in Postgres.
func TestRandomCallsAgainstPostgres(t *testing.T) {
	oracle.Postgres.Need(t)
	rng := oracle.Rand(t)
	var calls []string
	for o := range AllFunctions() {
		if notCompared[o.Name] || catalogFunctions[o.Name] || o.OID >= 16000 || o.OID > 6200 || strings.Contains(o.Name, "advisory") ||
			strings.HasPrefix(o.Name, "jsonb_path") || strings.HasSuffix(o.Name, "cmp") || strings.HasPrefix(o.Name, "bt") {
			continue
		}
		for range 8 {
			if call, ok := randomCall(rng, o); ok {
				calls = append(calls, call)
			}
		}
	}
	sql := func(expr string) string {
		name, args, _ := strings.Cut(expr, "(")
		return scalarSQL(`pg_catalog."` + name + `"(` + args)
	}
	ctx := goldenContext(t)
	run := func(expr string) string {
		e := &expression{ctx: ctx, src: expr}
		return shown(ctx, e.value())
	}
	ask := asker(t, oracle.Postgres)
	for _, call := range calls {
		got, want := outcome(func() string { return run(call) }), ask(sql(call))
		if strings.ContainsRune(want, utf8.RuneError) {
			continue // a message of theirs that cuts a character in two
		}
		if got != want && !lastDigit(got, want) {
			t.Errorf("%s\n got %s\nwant %s", call, got, want)
		}
	}
	t.Logf("%d calls", len(calls))
}

// randomCall writes a call with typed literals, false when a type has no samples.
func randomCall(rng *rand.Rand, o *Overload) (string, bool) {
	s := &sampler{rng: rng, element: []types.OID{types.Int4OID, types.TextOID}[rng.IntN(2)]}
	all := append([]types.OID(nil), o.Args...)
	if o.Variadic != 0 {
		for range 1 + rng.IntN(3) {
			all = append(all, o.Variadic)
		}
	}
	args := make([]string, len(all))
	for i, a := range all {
		t := s.concrete(a)
		texts, ok := samples[t]
		info, known := types.Lookup(t)
		if !ok || !known {
			return "", false
		}
		name := info.Name
		if elem := types.ElemOf(t); elem != 0 && info.IsArray() {
			name = name[1:] + "[]"
		}
		if t == types.CharOID {
			name = `"char"`
		}
		args[i] = fmt.Sprintf("'%s'::%s", texts[rng.IntN(len(texts))], name)
	}
	return o.Name + "(" + strings.Join(args, ", ") + ")", true
}
