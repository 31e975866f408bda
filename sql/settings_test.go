package sql

import (
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

func TestCanonicalValues(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"work_mem", "65536", "64MB"},
		{"work_mem", "1GB", "1GB"},
		{"work_mem", "1500kB", "1500kB"},
		{"work_mem", " 0.5 MB ", "512kB"},
		{"work_mem", "1048576 B", "1MB"},
		{"effective_cache_size", "524288", "4GB"},
		{"effective_cache_size", "4GB", "4GB"},
		{"statement_timeout", "120000", "2min"},
		{"statement_timeout", "1.5s", "1500ms"},
		{"statement_timeout", "2500us", "2ms"},
		{"statement_timeout", "24 h", "1d"},
		{"statement_timeout", "0", "0"},
		{"random_page_cost", "1.10", "1.1"},
		{"enable_seqscan", "of", "off"},
		{"enable_seqscan", "T", "on"},
		{"enable_seqscan", "1", "on"},
		{"client_min_messages", "WARNING", "warning"},
		{"synchronous_commit", "true", "on"},
		{"DateStyle", "german", "German, DMY"},
		{"DateStyle", "SQL, dmy", "SQL, DMY"},
		{"DateStyle", "postgres", "Postgres, MDY"},
		{"client_encoding", "utf-8", "UTF8"},
		{"TimeZone", "europe/berlin", "Europe/Berlin"},
		{"TimeZone", "utc+3", "utc+3"},
		{"TimeZone", "utc", "UTC"},
		{"TimeZone", "-7.5", "<-07:30>+07:30"},
		{"TimeZone", "INTERVAL '+02:00'", "<+02>-02"},
		{"TimeZone", "<+03>-03", "<+03>-03"},
		{"application_name", "a\tb€", `a\x09b\xe2\x82\xac`},
		{"my.own", "anything", "anything"},
	} {
		got, err := canonical(c.name, c.value)
		if err != nil || got != c.want {
			t.Errorf("%s = %q: %q, %v; want %q", c.name, c.value, got, err, c.want)
		}
	}
}

func TestRefusedValues(t *testing.T) {
	for _, c := range []struct{ name, value, code, text string }{
		{"work_mem", "1", pgerrcode.InvalidParameterValue, "1 kB is outside the valid range"},
		{"work_mem", "5min", pgerrcode.InvalidParameterValue, `"5min"`},
		{"work_mem", "8kB8", pgerrcode.InvalidParameterValue, `"8kB8"`},
		{"work_mem", "", pgerrcode.InvalidParameterValue, `""`},
		{"work_mem", "99999TB", pgerrcode.InvalidParameterValue, "invalid value"},
		{"work_mem", "NaN", pgerrcode.InvalidParameterValue, "invalid value"},
		{"random_page_cost", "1MB", pgerrcode.InvalidParameterValue, "invalid value"},
		{"statement_timeout", "-1", pgerrcode.InvalidParameterValue, "-1 ms is outside"},
		{"enable_seqscan", "maybe", pgerrcode.InvalidParameterValue, "requires a Boolean value"},
		{"bytea_output", "octal", pgerrcode.InvalidParameterValue, "invalid value"},
		{"TimeZone", "Nowhere/City", pgerrcode.InvalidParameterValue, "TimeZone"},
		{"TimeZone", "../../etc/passwd", pgerrcode.InvalidParameterValue, "TimeZone"},
		{"DateStyle", "ISO, sideways", pgerrcode.InvalidParameterValue, "DateStyle"},
		{"client_encoding", "LATIN1", pgerrcode.FeatureNotSupported, "LATIN1"},
		{"search_path", `app$`, pgerrcode.InvalidName, ""},
		{"server_version", "1", pgerrcode.CantChangeRuntimeParam, "cannot be changed"},
		{"nosuch", "1", pgerrcode.UndefinedObject, "unrecognized configuration parameter"},
	} {
		_, err := canonical(c.name, c.value)
		if pgerr.Code(err) != c.code || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s = %q: %v; want %s %q", c.name, c.value, err, c.code, c.text)
		}
	}
}

// TestSettingsTable checks what every entry must hold: its default is a value that SET takes and SHOW prints alike.
func TestSettingsTable(t *testing.T) {
	for key, d := range settingTable {
		if key != strings.ToLower(d.name) || d.about == "" {
			t.Errorf("%s: key %q, about %q", d.name, key, d.about)
		}
		if d.internal {
			continue
		}
		v, err := canonical(d.name, d.boot)
		if err != nil || v != d.boot {
			t.Errorf("%s: default %q becomes %q, %v", d.name, d.boot, v, err)
		}
		if d.report != reportedName(d.name) {
			t.Errorf("%s: reported is %v", d.name, d.report)
		}
	}
}

func reportedName(name string) bool {
	for _, n := range reportedSettings {
		if n == name {
			return true
		}
	}
	return false
}

// change is SET, SET LOCAL or RESET in TestUndo.
type change struct {
	value string // "" is RESET
	local bool
}

func TestUndo(t *testing.T) {
	for _, c := range []struct {
		name             string
		changes          []change
		commit, rollback string
	}{
		{"nothing", nil, "before", "before"},
		{"set", []change{{"a", false}}, "a", "before"},
		{"local", []change{{"a", true}}, "before", "before"},
		{"set, local", []change{{"a", false}, {"b", true}}, "a", "before"},
		{"local, set", []change{{"a", true}, {"b", false}}, "b", "before"},
		{"local, set, local", []change{{"a", true}, {"b", false}, {"c", true}}, "b", "before"},
		{"local twice", []change{{"a", true}, {"b", true}}, "before", "before"},
		{"reset", []change{{"a", false}, {"", false}}, "default", "before"},
		{"reset local", []change{{"", true}}, "before", "before"},
	} {
		for _, commit := range []bool{true, false} {
			s := newSettings()
			s.defaults["application_name"] = "default"
			mustSet(t, s, change{"before", false})
			s.endTransaction(true)
			for _, x := range c.changes {
				mustSet(t, s, x)
			}
			s.endTransaction(commit)
			want := c.rollback
			if commit {
				want = c.commit
			}
			if got, _ := s.get("Application_Name"); got != want {
				t.Errorf("%s, commit %v: %q, want %q", c.name, commit, got, want)
			}
			if len(s.undo) != 0 {
				t.Errorf("%s: %d changes left to undo", c.name, len(s.undo))
			}
		}
	}
}

func mustSet(t *testing.T, s *settings, c change) {
	t.Helper()
	var err error
	if c.value == "" {
		err = s.reset("application_name", c.local)
	} else {
		err = s.set("application_name", c.value, c.local)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestUndoToSavepoint(t *testing.T) {
	s := newSettings()
	mustSet(t, s, change{"a", false})
	mark := len(s.undo)
	mustSet(t, s, change{"b", true})
	mustSet(t, s, change{"c", false})
	s.rollbackTo(mark, false)
	if v, _ := s.get("application_name"); v != "a" {
		t.Errorf("after ROLLBACK TO: %q", v)
	}
	s.endTransaction(true)
	if v, _ := s.get("application_name"); v != "a" {
		t.Errorf("after COMMIT: %q", v)
	}
}

func TestResetCustom(t *testing.T) {
	s := newSettings()
	if _, ok := s.get("my.own"); ok {
		t.Error("a custom setting is known before it was set")
	}
	if err := s.reset("my.own", false); pgerr.Code(err) != pgerrcode.UndefinedObject {
		t.Errorf("RESET of an unknown setting: %v", err)
	}
	if err := s.set("my.own", "x", false); err != nil {
		t.Fatal(err)
	}
	if err := s.reset("my.own", false); err != nil {
		t.Fatal(err)
	}
	if v, ok := s.get("my.own"); v != "" || !ok {
		t.Errorf("after RESET: %q, %v", v, ok)
	}
	s.resetAll()
	if v, _ := s.get("application_name"); v != "" {
		t.Errorf("after RESET ALL: %q", v)
	}
}

func TestNameLists(t *testing.T) {
	for _, c := range []struct {
		value string
		want  string
	}{
		{`a, B ,"C d"`, "a|b|C d"},
		{`"$user", public`, "$user|public"},
		{`"a""b", "x,y"`, `a"b|x,y`},
		{``, ""},
		{`""`, ""},
		{`app$acme`, "app$acme"},
	} {
		if got := strings.Join(splitNames(c.value), "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.value, got, c.want)
		}
	}
	for _, name := range []string{"a", "A", "a b", `q"q`, "", "$user", "app$acme", "1a", "é"} {
		if got := splitNames(quoteName(name)); len(got) != 1 || got[0] != name {
			t.Errorf("%q quoted is read as %q", name, got)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{"1", "64MB", "<+03>-03", "INTERVAL '1'", "on", "ISO, DMY", `a,"b"`, "1e400", "-", "."} {
		f.Add(seed)
	}
	names := []string{"work_mem", "statement_timeout", "random_page_cost", "enable_seqscan", "bytea_output", "TimeZone", "DateStyle", "search_path", "application_name"}
	f.Fuzz(func(t *testing.T, value string) {
		for _, name := range names {
			v, err := canonical(name, value)
			if err != nil {
				continue
			}
			again, err := canonical(name, v)
			if name == "application_name" { // shows bytes in hexadecimal, once
				continue
			}
			if err != nil || again != v {
				t.Errorf("%s = %q is %q, and that is %q, %v", name, value, v, again, err)
			}
		}
	})
}
