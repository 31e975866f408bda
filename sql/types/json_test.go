package types

import (
	"strings"
	"testing"

	"vecgres/sql/pgerr"
)

func mustJSON(t *testing.T, s string) *JSONValue {
	t.Helper()
	v, err := ParseJSON(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestJSONAccess(t *testing.T) {
	v := mustJSON(t, ` {"a": {"b": [10, "x\u00e9", null, {"c": true}]}, "a2": 1.50, "a": {"b": [1, "y", null, {"c":false}]}}`)
	for _, c := range []struct{ path, raw, text string }{
		{"a,b,0", "1", "1"}, {"a,b,1", `"y"`, "y"}, {"a,b,-1,c", "false", "false"}, {"a2", "1.50", "1.50"}, {"a,b,3", `{"c":false}`, `{"c":false}`},
		{"a,b,2", "null", "NULL"}, {"a,b,9", "", ""}, {"a,x", "", ""}, {"a2,0", "", ""}, {"a,b,x", "", ""},
	} {
		part := v.Path(strings.Split(c.path, ","))
		if part == nil {
			if c.raw != "" {
				t.Errorf("#> {%s} found nothing", c.path)
			}
			continue
		}
		text, ok := part.Text()
		if !ok {
			text = "NULL"
		}
		if part.Raw != c.raw || text != c.text {
			t.Errorf("#> {%s} = %s, %s; want %s, %s", c.path, part.Raw, text, c.raw, c.text)
		}
	}
}

// The answers are Postgres 15's.
func TestJSONContains(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":2}`, `{"a":1}`, true}, {`{"a":1}`, `{"a":1,"b":2}`, false}, {`[1,2,[3]]`, `[[3],1]`, true}, {`[1,2,[1,3]]`, `[1,3]`, false},
		{`["foo","bar"]`, `"bar"`, true}, {`"bar"`, `["bar"]`, false}, {`[1,1]`, `[1,1,1]`, true}, {`{"a":[1,2]}`, `{"a":[]}`, true},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"c":2}}`, true}, {`1`, `1.0`, true}, {`[{"a":1,"b":2}]`, `[{"a":1}]`, true}, {`[[1]]`, `1`, false}, {`{}`, `[]`, false}, {`[]`, `[]`, true},
	} {
		if got := JSONContains(mustJSON(t, c.a), mustJSON(t, c.b)); got != c.want {
			t.Errorf("%s @> %s = %v", c.a, c.b, got)
		}
	}
	for _, c := range []struct {
		v, key string
		want   bool
	}{{`{"a":1}`, "a", true}, {`["a"]`, "a", true}, {`"a"`, "a", true}, {`{"b":"a"}`, "a", false}, {`[1]`, "1", false}} {
		if got := JSONExists(mustJSON(t, c.v), c.key); got != c.want {
			t.Errorf("%s ? %s = %v", c.v, c.key, got)
		}
	}
}

// TestJSONOrder is the order in which Postgres 15 sorts these.
func TestJSONOrder(t *testing.T) {
	order := []string{"[]", "null", `""`, `"a"`, `"aa"`, `"b"`, "-1", "1", "1.5", "false", "true", "[null]", "[1]", `[[]]`, "[1, 2]", "{}", `{"a": 1}`, `{"a": 2}`, `{"b": 1}`, `{"aa": 1}`, `{"a": 1, "b": 2}`}
	order[18], order[19] = order[19], order[18] // keys are compared as strings
	for i, a := range order {
		for j, b := range order {
			if got := sign(Compare(JSONBOID, Text(a), Text(b))); got != sign(i-j) {
				t.Errorf("%s and %s are ordered %d", a, b, got)
			}
		}
	}
}

func TestJSONErrorContext(t *testing.T) {
	for s, want := range map[string]string{
		"{\"a\":\n 1,\n \"b\" 2}":              "JSON data, line 3:  \"b\" 2...",
		"[[[1,2,3," + strings.Repeat("a", 105): "JSON data, line 1: ..." + strings.Repeat("a", 49),
		"{1:2}":                                "JSON data, line 1: {1...",
		"":                                     "JSON data, line 1: ",
		"\"\\udc00\"":                          "JSON data, line 1: \"\\udc00...",
	} {
		_, err := ParseJSON(s)
		if got := pgerr.From(err).Where; got != want {
			t.Errorf("%q: context %q, want %q", s, got, want)
		}
	}
	if _, err := ParseJSON(strings.Repeat("[", 100000)); pgerr.Code(err) != "54001" {
		t.Errorf("deep nesting: %v", err)
	}
}

func TestNewJSON(t *testing.T) {
	v := NewJSONObject([]JSONMember{{"bb", NewJSONString("x\n\"")}, {"a", NewJSONNumber(NumericFromInt64(1))}, {"a", NewJSONArray([]*JSONValue{NewJSONBool(true), {Kind: JSONNull}})}})
	if want := `{"a": [true, null], "bb": "x\n\""}`; v.Raw != want {
		t.Errorf("got %s, want %s", v.Raw, want)
	}
	if v := NewJSONNumber(numericNaN); v.Raw != `"NaN"` {
		t.Errorf("NaN is %s", v.Raw)
	}
}
