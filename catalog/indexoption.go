package catalog

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// IndexOptions are an index's WITH (…), with the defaults of what is not there.
type IndexOptions struct {
	M, EfConstruction int     // hnsw
	Lists             int     // ivfflat
	Quantization      string  // hnsw and ivfflat: auto, int8, half, binary or none
	TargetRecall      float64 // hnsw and ivfflat: what searches aim for when nothing else is set; 0: the session's default
}

// indexOption is a parameter of an access method.
type indexOption struct {
	methods   []string
	low, high float64
	enum      []string // its values, when it is neither number nor boolean
	real      bool
	boolean   bool
	set       func(o *IndexOptions, number float64, text string)
}

var indexOptions = map[string]indexOption{
	"m":               {methods: []string{"hnsw"}, low: 2, high: 100, set: func(o *IndexOptions, v float64, _ string) { o.M = int(v) }},
	"ef_construction": {methods: []string{"hnsw"}, low: 4, high: 1000, set: func(o *IndexOptions, v float64, _ string) { o.EfConstruction = int(v) }},
	"lists":           {methods: []string{"ivfflat"}, low: 1, high: 32768, set: func(o *IndexOptions, v float64, _ string) { o.Lists = int(v) }},
	"quantization": {methods: []string{"hnsw", "ivfflat"}, enum: []string{"auto", "int8", "half", "binary", "none"},
		set: func(o *IndexOptions, _ float64, text string) { o.Quantization = text }},
	"target_recall": {methods: []string{"hnsw", "ivfflat"}, low: 0.5, high: 1, real: true, set: func(o *IndexOptions, v float64, _ string) { o.TargetRecall = v }},
	"fillfactor":    {methods: []string{"btree"}, low: 10, high: 100},

	"deduplicate_items": {methods: []string{"btree"}, boolean: true},
}

// ParsedOptions checks an index's WITH (…) and gives its values. Errors: 22023 with Postgres' texts for an unknown parameter and for a value out
// of bounds. An invalid combination is not looked for.
func (ix *Index) ParsedOptions() (IndexOptions, error) {
	o := IndexOptions{M: 16, EfConstruction: 64, Lists: 100, Quantization: "auto"}
	names := make([]string, 0, len(ix.Options))
	for name := range ix.Options {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		def, ok := indexOptions[name]
		if !ok || !slices.Contains(def.methods, ix.Method) {
			return o, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized parameter %q", name)
		}
		v, text, err := def.parse(name, ix.Options[name])
		if err != nil {
			return o, err
		}
		if def.set != nil {
			def.set(&o, v, text)
		}
	}
	return o, nil
}

func (def *indexOption) parse(name, text string) (number float64, enum string, err error) {
	switch {
	case def.enum != nil:
		if v := strings.ToLower(text); slices.Contains(def.enum, v) {
			return 0, v, nil
		}
		quoted := make([]string, len(def.enum))
		for i, v := range def.enum {
			quoted[i] = strconv.Quote(v)
		}
		last := len(quoted) - 1
		return 0, "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for enum option %q: %s", name, text).
			WithDetail("Valid values are %s, and %s.", strings.Join(quoted[:last], ", "), quoted[last])
	case def.boolean:
		switch strings.ToLower(text) {
		case "true", "on", "yes", "1", "false", "off", "no", "0":
			return 0, "", nil
		}
		return 0, "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for boolean option %q: %s", name, text)
	}
	v, parseErr := strconv.ParseFloat(strings.TrimSpace(text), 64)
	kind, show := "integer", func(v float64) string { return strconv.Itoa(int(v)) }
	if def.real {
		kind, show = "floating point", func(v float64) string { return fmt.Sprintf("%f", v) }
	} else {
		v = math.RoundToEven(v)
	}
	if parseErr != nil || math.IsNaN(v) || !def.real && math.Abs(v) > math.MaxInt32 {
		return 0, "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for %s option %q: %s", kind, name, text)
	}
	if v < def.low || v > def.high {
		return 0, "", pgerr.New(pgerrcode.InvalidParameterValue, "value %s out of bounds for option %q", text, name).
			WithDetail("Valid values are between %q and %q.", show(def.low), show(def.high))
	}
	return v, "", nil
}
