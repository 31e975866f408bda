package types

import (
	"bytes"
	"sync"
	"testing"
)

// fuzzTypes are read by the fuzz targets; the first byte of the input chooses one.
var fuzzTypes = sync.OnceValue(ordinaryTypes)

func chooseType(choice byte) OID { return fuzzTypes()[int(choice)%len(fuzzTypes())] }

// checkValue uses a value in every way that must not panic, and checks that its forms agree.
func checkValue(t *testing.T, oid OID, d Datum) {
	t.Helper()
	text := FormatText(nil, oid, d)
	binary, err := AppendBinary(nil, oid, d)
	if err != nil {
		t.Fatalf("%s %q: %v", TypeName(oid), text, err)
	}
	back, err := DecodeBinary(nil, T(oid), binary)
	if err != nil {
		t.Fatalf("%s %q: binary form %x: %v", TypeName(oid), text, binary, err)
	}
	if again := FormatText(nil, oid, back); again != text {
		t.Fatalf("%s: %q came back as %q", TypeName(oid), text, again)
	}
	if !Orderable(oid) {
		return
	}
	a, err := AppendKey(nil, oid, d, false, false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := AppendKey(nil, oid, back, false, false)
	if err != nil || !bytes.Equal(a, b) {
		t.Fatalf("%s %q: keys %x and %x, %v", TypeName(oid), text, a, b, err)
	}
	if c := Compare(oid, d, back); c != 0 {
		t.Fatalf("%s %q compares to itself as %d", TypeName(oid), text, c)
	}
}

func FuzzParseText(f *testing.F) {
	for i := range fuzzTypes() {
		for _, s := range []string{"1", "{1,2}", "2026-01-02 03:04:05+02", "1 day 02:03", "P1Y2M", "[1,2,3]", `{"a": [1, null]}`, "1e5", "\\x00ff", "(0,1)", "{1:2}/3", "0/0", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"} {
			f.Add(byte(i), s)
		}
	}
	f.Fuzz(func(t *testing.T, choice byte, s string) {
		oid := chooseType(choice)
		d, err := ParseText(nil, T(oid), s)
		if err != nil {
			return
		}
		checkValue(t, oid, d)
	})
}

func FuzzBinaryRoundTrip(f *testing.F) {
	for i := range fuzzTypes() {
		f.Add(byte(i), []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7})
		f.Add(byte(i), []byte{0, 2, 0, 0, 0x40, 0, 0, 0, 0x40, 0x40, 0, 0})
		f.Add(byte(i), []byte{0, 1, 0, 0, 0x40, 0, 0, 2, 0, 12})
	}
	f.Fuzz(func(t *testing.T, choice byte, b []byte) {
		oid := chooseType(choice)
		d, err := DecodeBinary(nil, T(oid), b)
		if err != nil {
			return
		}
		checkValue(t, oid, d)
	})
}

func FuzzVectorText(f *testing.F) {
	for _, s := range []string{"[1,2,3]", " [ 1e5 , -0.5 ] ", "[nan]", "[inf]", "[0x1p3]", "[]", "[1", "[4e38]", "[1e-50]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, oid := range []OID{VectorOID, HalfvecOID} {
			d, err := ParseText(nil, T(oid), s)
			if err != nil {
				continue
			}
			back, err := ParseText(nil, T(oid), FormatText(nil, oid, d))
			if err != nil || Compare(oid, d, back) != 0 {
				t.Fatalf("%s %q: came back as %v, %v", TypeName(oid), s, back, err)
			}
			checkValue(t, oid, d)
		}
	})
}

func FuzzArrayText(f *testing.F) {
	for _, s := range []string{"{}", "{a,NULL,\"null\"}", "{{a},{b}}", "[0:1]={a,b}", "{\"a\\\"b\"}", "{a b}", "{", "{\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseText(nil, T(TextArrayOID), s)
		if err != nil {
			return
		}
		text := FormatText(nil, TextArrayOID, d)
		back, err := ParseText(nil, T(TextArrayOID), text)
		if err != nil || Compare(TextArrayOID, d, back) != 0 {
			t.Fatalf("%q printed as %q, which is %v, %v", s, text, back, err)
		}
		checkValue(t, TextArrayOID, d)
	})
}

func FuzzJSONB(f *testing.F) {
	for _, s := range []string{"{}", `{"b":1,"a":[1.50,null,true,"x\u00e9"]}`, `"\ud83d\ude00"`, "1e5", "[[[]]]", `{"a":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := NormalizeJSONB(s)
		if err != nil {
			return
		}
		if again, err := NormalizeJSONB(text); err != nil || again != text {
			t.Fatalf("%q is %q, which is %q, %v", s, text, again, err)
		}
		if err := ValidateJSON(s); err != nil {
			t.Fatalf("%q is jsonb but not json: %v", s, err)
		}
		if CheckText(text) == nil {
			checkValue(t, JSONBOID, Text(text))
		}
	})
}
