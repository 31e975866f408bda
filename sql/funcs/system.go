package funcs

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Version is what version() returns; the program sets it before it serves.
var Version = "PostgreSQL 16.4 (vecgres)"

// StartTime is what pg_postmaster_start_time() returns.
var StartTime = time.Now()

// AdvisoryLocker is implemented by a System that has advisory locks; without it the pg_advisory_* functions are 0A000.
type AdvisoryLocker interface {
	// AdvisoryLock takes a lock and tells whether it has it: false only when try is set and another holds it.
	AdvisoryLock(key AdvisoryKey, shared, transaction, try bool) (bool, error)
	// AdvisoryUnlock gives back a session's lock; false when it was not held.
	AdvisoryUnlock(key AdvisoryKey, shared bool) (bool, error)
	AdvisoryUnlockAll()
}

// AdvisoryKey is an advisory lock's key: one bigint, or two integers (the space of which is another).
type AdvisoryKey struct {
	Pair bool
	Key  int64 // a pair has the first integer in the high half
}

// system gives the statement's System, or 0A000 naming the function.
func (ctx *Context) system(name string) (System, error) {
	if ctx.System == nil {
		return nil, pgerr.Unimplemented("function " + name + " here")
	}
	return ctx.System, nil
}

func systemText(get func(System) string) Func {
	return func(ctx *Context, _ row) (types.Datum, error) {
		s, err := ctx.system("of the session")
		if err != nil {
			return types.Null, err
		}
		return types.Text(get(s)), nil
	}
}

func currentSchema(ctx *Context, _ row) (types.Datum, error) {
	s, err := ctx.system("current_schema")
	if err != nil {
		return types.Null, err
	}
	if name := s.CurrentSchema(); name != "" {
		return types.Text(name), nil
	}
	return types.Null, nil
}

func currentSchemas(ctx *Context, a row) (types.Datum, error) {
	s, err := ctx.system("current_schemas")
	if err != nil {
		return types.Null, err
	}
	var names []types.Datum
	for _, n := range s.SearchPath(a[0].Bool()) {
		names = append(names, types.Text(n))
	}
	return newArray(types.NameOID, names), nil
}

// currentSetting is current_setting(name [, missing_ok]).
func currentSetting(ctx *Context, a row) (types.Datum, error) {
	s, err := ctx.system("current_setting")
	if err != nil {
		return types.Null, err
	}
	missingOK := len(a) == 2 && a[1].Bool()
	v, ok, err := s.Setting(a[0].Text(), missingOK)
	if err != nil || !ok {
		return types.Null, err
	}
	return types.Text(v), nil
}

// setConfig is set_config(name, value, is_local); a NULL value means the default.
func setConfig(ctx *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "SET requires parameter name")
	}
	s, err := ctx.system("set_config")
	if err != nil {
		return types.Null, err
	}
	value := ""
	if !a[1].IsNull() {
		value = a[1].Text()
	}
	v, err := s.SetSetting(a[0].Text(), value, !a[2].IsNull() && a[2].Bool())
	return types.Text(v), err
}

// sleep waits, or ends with the statement.
func sleep(ctx *Context, d time.Duration) (types.Datum, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return types.Text(""), nil
	case <-ctx.Done():
		return types.Null, canceled(ctx)
	}
}

// canceled is the error of a statement whose context has ended: the cause when it has a code of its own.
func canceled(ctx context.Context) error {
	var e *pgerr.Error
	if errors.As(context.Cause(ctx), &e) {
		return e
	}
	return pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to user request")
}

func pgSleep(ctx *Context, a row) (types.Datum, error) {
	seconds := min(max(a[0].Float(), 0), float64(math.MaxInt64/int64(time.Second))/2)
	return sleep(ctx, time.Duration(seconds*float64(time.Second)))
}

func pgSleepFor(ctx *Context, a row) (types.Datum, error) {
	now := types.TimeToTimestamp(time.Now())
	until, err := types.TimestampPlusInterval(ctx.Env, now, a[0], true)
	if err != nil {
		return types.Null, err
	}
	return sleep(ctx, time.Duration(max(until-now, 0))*time.Microsecond)
}

func pgSleepUntil(ctx *Context, a row) (types.Datum, error) {
	return sleep(ctx, time.Until(types.TimestampToTime(a[0].Int())))
}

// backendSignal is pg_cancel_backend, and pg_terminate_backend with terminate.
func backendSignal(terminate bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		s, err := ctx.system("pg_cancel_backend")
		if err != nil {
			return types.Null, err
		}
		return types.Bool(s.Cancel(int32(a[0].Int()), terminate)), nil
	}
}

func pgTypeof(args []types.Type) Func {
	return func(*Context, row) (types.Datum, error) { return types.Int(int64(args[0].OID)), nil }
}

func formatType(ctx *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	oid := types.OID(a[0].Int())
	if oid == 0 {
		return types.Text("-"), nil
	}
	if _, ok := types.Lookup(oid); ok {
		if a[1].IsNull() { // not the same as -1: bit, and not "bit"
			return types.Text(types.TypeName(oid)), nil
		}
		return types.Text(types.FormatType(types.Type{OID: oid, Mod: int32(a[1].Int())})), nil
	}
	if ctx.System != nil {
		if d, err := ctx.System.Catalog("format_type", a); err == nil && !d.IsNull() {
			return d, nil
		}
	}
	return types.Text("???"), nil
}

func countNulls(want bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		n := int64(0)
		for _, d := range a {
			if d.IsNull() == want {
				n++
			}
		}
		return types.Int(n), nil
	}
}

// randomUUID is a version 4 UUID.
func randomUUID(*Context, row) (types.Datum, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return types.Null, pgerr.Internal(err, "no random numbers")
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return types.Bytea(b[:]), nil
}

// encodings are Postgres' names by number; only UTF8 is a database's here.
var encodings = strings.Fields(`SQL_ASCII EUC_JP EUC_CN EUC_KR EUC_TW EUC_JIS_2004 UTF8 MULE_INTERNAL LATIN1 LATIN2 LATIN3 LATIN4 LATIN5
	LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 WIN1256 WIN1258 WIN866 WIN874 KOI8R WIN1251 WIN1252 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8
	WIN1250 WIN1253 WIN1254 WIN1255 WIN1257 KOI8U SJIS BIG5 GBK UHC GB18030 JOHAB SHIFT_JIS_2004`)

func encodingName(_ *Context, a row) (types.Datum, error) {
	if i := a[0].Int(); i >= 0 && i < int64(len(encodings)) {
		return types.Text(encodings[i]), nil
	}
	return types.Text(""), nil
}

func encodingNumber(_ *Context, a row) (types.Datum, error) {
	for i, name := range encodings {
		if strings.EqualFold(strings.ReplaceAll(name, "_", ""), strings.NewReplacer("_", "", "-", "").Replace(a[0].Text())) {
			return types.Int(int64(i)), nil
		}
	}
	return types.Int(-1), nil
}

func encodingMaxLength(_ *Context, a row) (types.Datum, error) {
	switch a[0].Int() {
	case 0, 8:
		return types.Int(1), nil
	case 6:
		return types.Int(4), nil
	}
	return types.Null, nil
}

// oidVectorTypes lists the names of types, as for a function's arguments.
func oidVectorTypes(_ *Context, a row) (types.Datum, error) {
	var names []string
	for _, e := range a[0].Array().Elems {
		names = append(names, typeName(types.OID(e.Int())))
	}
	return types.Text(strings.Join(names, ", ")), nil
}

func clientEncoding(ctx *Context, _ row) (types.Datum, error) {
	if ctx.System != nil {
		if v, ok, err := ctx.System.Setting("client_encoding", true); ok && err == nil {
			return types.Text(v), nil
		}
	}
	return types.Text("UTF8"), nil
}

func constant(d types.Datum) Func {
	return func(*Context, row) (types.Datum, error) { return d, nil }
}

func backendPID(ctx *Context, _ row) (types.Datum, error) {
	s, err := ctx.system("pg_backend_pid")
	if err != nil {
		return types.Null, err
	}
	return types.Int(int64(s.BackendPID())), nil
}

func sequenceFunc(fn func(s System, a row) (int64, error)) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		s, err := ctx.system("of sequences")
		if err != nil {
			return types.Null, err
		}
		v, err := fn(s, a)
		return types.Int(v), err
	}
}

// advisoryKey reads the key from one bigint or two integers.
func advisoryKey(a row) AdvisoryKey {
	if len(a) == 2 {
		return AdvisoryKey{Pair: true, Key: a[0].Int()<<32 | a[1].Int()&0xffffffff}
	}
	return AdvisoryKey{Key: a[0].Int()}
}

func (ctx *Context) advisory() (AdvisoryLocker, error) {
	if l, ok := ctx.System.(AdvisoryLocker); ok {
		return l, nil
	}
	return nil, pgerr.Unimplemented("advisory locking")
}

func advisoryLock(shared, transaction, try bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		l, err := ctx.advisory()
		if err != nil {
			return types.Null, err
		}
		ok, err := l.AdvisoryLock(advisoryKey(a), shared, transaction, try)
		if err != nil || !try {
			return types.Text(""), err
		}
		return types.Bool(ok), nil
	}
}

func advisoryUnlock(shared bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		l, err := ctx.advisory()
		if err != nil {
			return types.Null, err
		}
		ok, err := l.AdvisoryUnlock(advisoryKey(a), shared)
		return types.Bool(ok), err
	}
}

func advisoryUnlockAll(ctx *Context, _ row) (types.Datum, error) {
	l, err := ctx.advisory()
	if err != nil {
		return types.Null, err
	}
	l.AdvisoryUnlockAll()
	return types.Text(""), nil
}

// firstNormalXid is the first transaction id that grows old.
const firstNormalXid = 3

// xidAge is age(xid): rows are frozen here, which is as old as can be.
func xidAge(_ *Context, a row) (types.Datum, error) {
	if a[0].Int() < firstNormalXid {
		return types.Int(math.MaxInt32), nil
	}
	return types.Null, pgerr.Unimplemented("the age of a transaction id")
}

// firstMultiXact is the id of the first set of lockers that a server makes. None is ever made here.
const firstMultiXact = 1

// mxidAge is mxid_age(xid).
func mxidAge(_ *Context, a row) (types.Datum, error) {
	if a[0].Int() == 0 {
		return types.Int(math.MaxInt32), nil
	}
	return types.Int(int64(int32(uint32(firstMultiXact) - uint32(a[0].Int())))), nil
}

// inputIsValid is pg_input_is_valid(text, type name).
func inputIsValid(ctx *Context, a row) (types.Datum, error) {
	info, ok := types.ByName(strings.ToLower(a[1].Text()))
	if !ok {
		return types.Null, pgerr.New(pgerrcode.UndefinedObject, "type \"%s\" does not exist", a[1].Text())
	}
	_, err := types.ParseText(ctx.Env, types.T(info.OID), a[0].Text())
	return types.Bool(err == nil), nil
}

// columnSize is pg_column_size: the value's length as text or, for fixed types, its width.
func columnSize(args []types.Type) Func {
	info, ok := types.Lookup(args[0].OID)
	return func(ctx *Context, a row) (types.Datum, error) {
		if ok && info.Len > 0 {
			return types.Int(int64(info.Len)), nil
		}
		return types.Int(int64(len(output(ctx, args[0].OID, a[0])) + 1)), nil
	}
}

var systemFuncs = func() map[string]Func {
	t := map[string]Func{
		"pgsql_version":    func(*Context, row) (types.Datum, error) { return types.Text(Version), nil },
		"current_database": systemText(System.CurrentDatabase), "current_user": systemText(System.CurrentUser),
		"session_user": systemText(System.SessionUser), "current_schema": currentSchema, "current_schemas": currentSchemas,
		"pg_backend_pid": backendPID, "show_config_by_name": currentSetting, "show_config_by_name_missing_ok": currentSetting,
		"set_config_by_name": setConfig, "pg_sleep": pgSleep, "pg_sleep_for(interval)": pgSleepFor,
		"pg_sleep_until(timestamp with time zone)": pgSleepUntil, "pg_cancel_backend": backendSignal(false), "pg_terminate_backend": backendSignal(true),
		"format_type": formatType, "pg_num_nulls": countNulls(true), "pg_num_nonnulls": countNulls(false), "gen_random_uuid": randomUUID,
		"PG_encoding_to_char": encodingName, "PG_char_to_encoding": encodingNumber, "getdatabaseencoding": constant(types.Text("UTF8")),
		"pg_client_encoding": clientEncoding, "pg_is_in_recovery": constant(types.Bool(false)), "pg_is_other_temp_schema": constant(types.Bool(false)),
		"pg_my_temp_schema": constant(types.Int(0)), "pg_trigger_depth": constant(types.Int(0)), "pg_jit_available": constant(types.Bool(false)),
		"pg_postmaster_start_time": moment(func(*Context) time.Time { return StartTime }),
		"pg_conf_load_time":        moment(func(*Context) time.Time { return StartTime }),
		"inet_client_addr":         constant(types.Null), "inet_client_port": constant(types.Null), "inet_server_addr": constant(types.Null), "inet_server_port": constant(types.Null),
		"nextval_oid": sequenceFunc(func(s System, a row) (int64, error) { return s.NextVal(uint32(a[0].Int())) }),
		"currval_oid": sequenceFunc(func(s System, a row) (int64, error) { return s.CurrVal(uint32(a[0].Int())) }),
		"lastval":     sequenceFunc(func(s System, _ row) (int64, error) { return s.LastVal() }),
		"setval_oid":  sequenceFunc(func(s System, a row) (int64, error) { return s.SetVal(uint32(a[0].Int()), a[1].Int(), true) }),
		"setval3_oid": sequenceFunc(func(s System, a row) (int64, error) { return s.SetVal(uint32(a[0].Int()), a[1].Int(), a[2].Bool()) }),

		"pg_last_wal_receive_lsn": constant(types.Null), "pg_last_wal_replay_lsn": constant(types.Null), "pg_last_xact_replay_timestamp": constant(types.Null),
		"pg_notification_queue_usage": constant(types.Float(0)), "pg_encoding_max_length_sql": encodingMaxLength, "oidvectortypes": oidVectorTypes,
		"xid_age": xidAge, "mxid_age": mxidAge,
		"pg_advisory_unlock_all": advisoryUnlockAll, "pg_input_is_valid": inputIsValid,
	}
	for _, keys := range []string{"_int8", "_int4"} {
		for _, try := range []string{"", "try_"} {
			for _, transaction := range []string{"", "xact_"} {
				for _, shared := range []string{"", "_shared"} {
					t["pg_"+try+"advisory_"+transaction+"lock"+shared+keys] = advisoryLock(shared != "", transaction != "", try != "")
				}
			}
		}
		t["pg_advisory_unlock"+keys] = advisoryUnlock(false)
		t["pg_advisory_unlock_shared"+keys] = advisoryUnlock(true)
	}
	return t
}()

var systemTyped = map[string]func([]types.Type) Func{"pg_typeof": pgTypeof, "pg_column_size": columnSize}
