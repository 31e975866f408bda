package catalog

import (
	"testing"

	"vecgres/sql/pgerr"
)

func TestParsedOptions(t *testing.T) {
	for _, c := range []struct {
		method, name, value string
		fault               string // "" for none
	}{
		{"hnsw", "m", "16", ""}, {"hnsw", "m", "5.5", ""}, {"hnsw", "m", "1", `value 1 out of bounds for option "m"`}, {"hnsw", "m", "x", `invalid value for integer option "m": x`},
		{"hnsw", "m", "true", `invalid value for integer option "m": true`}, {"hnsw", "m", "99999999999", `invalid value for integer option "m": 99999999999`},
		{"hnsw", "lists", "4", `unrecognized parameter "lists"`}, {"ivfflat", "lists", "32768", ""}, {"ivfflat", "lists", "0", `value 0 out of bounds for option "lists"`},
		{"ivfflat", "m", "4", `unrecognized parameter "m"`}, {"hnsw", "quantization", "INT8", ""},
		{"ivfflat", "quantization", "some", `invalid value for enum option "quantization": some`}, {"hnsw", "target_recall", "0.95", ""},
		{"hnsw", "target_recall", "NaN", `invalid value for floating point option "target_recall": NaN`}, {"hnsw", "target_recall", "0.4", `value 0.4 out of bounds for option "target_recall"`},
		{"btree", "fillfactor", "70", ""}, {"btree", "fillfactor", "5", `value 5 out of bounds for option "fillfactor"`}, {"btree", "deduplicate_items", "off", ""},
		{"btree", "deduplicate_items", "x", `invalid value for boolean option "deduplicate_items": x`}, {"btree", "m", "4", `unrecognized parameter "m"`},
	} {
		ix := &Index{Method: c.method, Options: map[string]string{c.name: c.value}}
		_, err := ix.ParsedOptions()
		fault := ""
		if err != nil {
			fault = pgerr.From(err).Message
		}
		if fault != c.fault {
			t.Errorf("%s with %s = %s: %q, want %q", c.method, c.name, c.value, fault, c.fault)
		}
	}
	got, err := (&Index{Method: "hnsw", Options: map[string]string{"m": "5.5", "quantization": "None", "target_recall": "0.9"}}).ParsedOptions()
	want := IndexOptions{M: 6, EfConstruction: 64, Lists: 100, Quantization: "none", TargetRecall: 0.9}
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}
