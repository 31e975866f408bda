package funcs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// fakeSystem answers from a map of settings and counts sequences.
type fakeSystem struct {
	settings map[string]string
	next     map[uint32]int64
	locked   map[AdvisoryKey]bool
	asked    string
}

func (s *fakeSystem) CurrentUser() string     { return "alice" }
func (s *fakeSystem) SessionUser() string     { return "bob" }
func (s *fakeSystem) CurrentDatabase() string { return "db" }
func (s *fakeSystem) CurrentSchema() string   { return "" }
func (s *fakeSystem) SearchPath(implicit bool) []string {
	if implicit {
		return []string{"pg_catalog", "public"}
	}
	return []string{"public"}
}
func (s *fakeSystem) BackendPID() int32 { return 42 }
func (s *fakeSystem) Setting(name string, missingOK bool) (string, bool, error) {
	v, ok := s.settings[name]
	if !ok && !missingOK {
		return "", false, pgerr.New(pgerrcode.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
	}
	return v, ok, nil
}
func (s *fakeSystem) SetSetting(name, value string, _ bool) (string, error) {
	s.settings[name] = value
	return value, nil
}
func (s *fakeSystem) NextVal(seq uint32) (int64, error) { s.next[seq]++; return s.next[seq], nil }
func (s *fakeSystem) CurrVal(seq uint32) (int64, error) { return s.next[seq], nil }
func (s *fakeSystem) LastVal() (int64, error)           { return 9, nil }
func (s *fakeSystem) SetVal(seq uint32, v int64, called bool) (int64, error) {
	s.next[seq] = v
	if !called {
		s.next[seq]--
	}
	return v, nil
}
func (s *fakeSystem) Catalog(name string, args []types.Datum) (types.Datum, error) {
	s.asked = fmt.Sprintf("%s/%d", name, len(args))
	return types.Bool(true), nil
}
func (s *fakeSystem) Cancel(pid int32, terminate bool) bool { return pid == 7 && !terminate }
func (s *fakeSystem) AdvisoryLock(k AdvisoryKey, _, _, try bool) (bool, error) {
	if s.locked[k] && try {
		return false, nil
	}
	s.locked[k] = true
	return true, nil
}
func (s *fakeSystem) AdvisoryUnlock(k AdvisoryKey, _ bool) (bool, error) {
	held := s.locked[k]
	delete(s.locked, k)
	return held, nil
}
func (s *fakeSystem) AdvisoryUnlockAll() { clear(s.locked) }

func TestSystemFunctions(t *testing.T) {
	ctx := goldenContext(t)
	sys := &fakeSystem{settings: map[string]string{"work_mem": "4MB"}, next: map[uint32]int64{}, locked: map[AdvisoryKey]bool{}}
	ctx.System = sys
	for _, c := range []struct{ expr, want string }{
		{"getpgusername()", "alice"},
		{"session_user()", "bob"},
		{"current_database()", "db"},
		{"current_schema()", "NULL"},
		{"current_schemas(true)", "{pg_catalog,public}"},
		{"pg_backend_pid()", "42"},
		{"current_setting('work_mem')", "4MB"},
		{"current_setting('x.y')", "ERROR 42704: unrecognized configuration parameter \"x.y\""},
		{"current_setting('x.y', true)", "NULL"},
		{"set_config('x.y', 'z', false)", "z"},
		{"current_setting('x.y', true)", "z"},
		{"set_config(NULL, 'z', false)", "ERROR 22004: SET requires parameter name"},
		{"nextval(5::oid::regclass)", "1"},
		{"nextval(5::oid::regclass)", "2"},
		{"currval(5::oid::regclass)", "2"},
		{"setval(5::oid::regclass, 10, false)", "10"},
		{"nextval(5::oid::regclass)", "10"},
		{"lastval()", "9"},
		{"pg_cancel_backend(7)", "t"},
		{"pg_terminate_backend(7)", "f"},
		{"pg_advisory_lock(1)", ""},
		{"pg_try_advisory_lock(1)", "f"},
		{"pg_try_advisory_lock(0, 1)", "t"},
		{"pg_advisory_unlock(1)", "t"},
		{"pg_advisory_unlock(1)", "f"},
		{"pg_table_is_visible(5::oid)", "t"},
		{"has_table_privilege('x', 'SELECT')", "t"},
		{"version()", Version},
		{"setseed(0.5)", "ERROR 0A000: setseed is not supported yet"},
		{"setseed(2)", "ERROR 22023: setseed parameter 2 is out of allowed range [-1,1]"},
	} {
		got := outcome(func() string {
			e := &expression{ctx: ctx, src: c.expr}
			return shown(ctx, e.value())
		})
		if got != c.want {
			t.Errorf("%s = %s, want %s", c.expr, got, c.want)
		}
	}
	if sys.asked != "has_table_privilege/2" {
		t.Errorf("asked the catalog %s", sys.asked)
	}
}

func TestNoSystem(t *testing.T) {
	ctx := goldenContext(t)
	for _, expr := range []string{"current_database()", "nextval(5::oid::regclass)", "pg_get_userbyid(1::oid)", "pg_advisory_lock(1)", "current_setting('x')"} {
		got := outcome(func() string { e := &expression{ctx: ctx, src: expr}; return shown(ctx, e.value()) })
		if len(got) < 11 || got[:11] != "ERROR 0A000" {
			t.Errorf("%s = %s", expr, got)
		}
	}
}

func TestCancellation(t *testing.T) {
	ctx := goldenContext(t)
	reason := pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to statement timeout")
	var cancel context.CancelCauseFunc
	ctx.Context, cancel = context.WithCancelCause(ctx.Context)
	time.AfterFunc(10*time.Millisecond, func() { cancel(reason) })
	start := time.Now()
	_, err := pgSleep(ctx, row{types.Float(60)})
	if e := pgerr.From(err); e.Message != reason.Message || time.Since(start) > 10*time.Second {
		t.Errorf("pg_sleep: %v after %v", err, time.Since(start))
	}
	err = seriesInt(int8Width)(ctx, row{types.Int(1), types.Int(1 << 60)}, func(row) error { return nil })
	if pgerr.Code(err) != pgerrcode.QueryCanceled {
		t.Errorf("generate_series: %v", err)
	}
}

func TestSQLValues(t *testing.T) {
	ctx := goldenContext(t)
	ctx.System = &fakeSystem{}
	for _, c := range []struct {
		name      string
		precision int32
		want      string
	}{
		{"current_date", -1, "2024-02-29"},
		{"current_timestamp", -1, "2024-02-29 07:34:56.789-05"},
		{"current_timestamp", 0, "2024-02-29 07:34:57-05"},
		{"localtimestamp", 1, "2024-02-29 07:34:56.8"},
		{"localtime", -1, "07:34:56.789"},
		{"current_time", -1, "07:34:56.789-05"},
		{"current_user", -1, "alice"},
		{"session_user", -1, "bob"},
		{"current_catalog", -1, "db"},
		{"current_schema", -1, "NULL"},
	} {
		o, ok := SQLValue(c.name, c.precision)
		if !ok {
			t.Errorf("no %s", c.name)
			continue
		}
		d, err := o.Bind(nil)(ctx, nil)
		if got := shown(ctx, typedDatum{o.Ret, d}); err != nil || got != c.want {
			t.Errorf("%s(%d) = %s, %v, want %s", c.name, c.precision, got, err, c.want)
		}
	}
	if _, ok := SQLValue("current_foo", -1); ok {
		t.Error("current_foo is no value")
	}
}

func TestRandomUUID(t *testing.T) {
	d, err := randomUUID(nil, nil)
	if s := types.FormatText(nil, types.UUIDOID, d); err != nil || len(s) != 36 || s[14] != '4' || s[19] < '8' {
		t.Errorf("%s, %v", s, err)
	}
}
