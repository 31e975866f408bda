package funcs

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vecgres/sql/types"
)

// notCompared are functions whose result depends on the session or on time, that would keep a server busy, or that differ for a known reason: three-way
// comparisons give other magnitudes, jsonpath is text here, and Postgres 15 lets intervals overflow silently where 16 does not.
var notCompared = words(`random pg_sleep pg_sleep_for pg_sleep_until setseed gen_random_uuid clock_timestamp timeofday now statement_timestamp
	transaction_timestamp version pg_postmaster_start_time pg_conf_load_time repeat lpad rpad power pow numeric_power exp numeric_exp factorial
	array_fill pg_column_size current_database current_user session_user current_schema current_schemas getpgusername current_setting set_config
	pg_backend_pid pg_cancel_backend pg_terminate_backend lastval nextval currval setval pg_my_temp_schema pg_jit_available pg_encoding_max_length
	convert_from convert_to regclass pg_char_to_encoding make_interval make_timestamptz timestamp_mi timestamptz_mi age timezone date_trunc
	date_part width_bucket make_time make_date cotd setof_ inet_client_addr inet_client_port inet_server_addr inet_server_port`)

// TestRandomCallsAgainstPostgres runs random calls of every function here and in the Postgres that -psql names.
func TestRandomCallsAgainstPostgres(t *testing.T) {
	if *psqlCommand == "" {
		t.Skip("no -psql given")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	var calls strings.Builder
	for o := range AllFunctions() {
		if notCompared[o.Name] || catalogFunctions[o.Name] || o.OID >= 16000 || o.OID > 6200 || strings.Contains(o.Name, "advisory") ||
			strings.HasPrefix(o.Name, "jsonb_path") || strings.HasSuffix(o.Name, "cmp") || strings.HasPrefix(o.Name, "bt") {
			continue
		}
		for range 8 {
			if call, ok := randomCall(rng, o); ok {
				calls.WriteString(call + "\n")
			}
		}
	}
	path := filepath.Join(t.TempDir(), "random.golden")
	write(t, path, calls.String())
	sql := func(expr string) string {
		name, args, _ := strings.Cut(expr, "(")
		return scalarSQL(`pg_catalog."` + name + `"(` + args)
	}
	ctx := goldenContext(t)
	run := func(expr string) string {
		e := &expression{ctx: ctx, src: expr}
		return shown(ctx, e.value())
	}
	golden(t, path, sql, run)
	command := *psqlCommand
	*psqlCommand = ""
	defer func() { *psqlCommand = command }()
	golden(t, path, sql, run)
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
