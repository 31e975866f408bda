package sql

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// settingKind is vartype of pg_settings.
type settingKind uint8

const (
	boolSetting settingKind = iota
	intSetting
	realSetting
	stringSetting
	enumSetting
)

// setting describes a run-time parameter (Postgres' GUC).
type setting struct {
	name     string // as SHOW ALL prints it
	kind     settingKind
	boot     string
	unit     string // "ms", "kB", "8kB", "s", "min": of bare numbers
	min, max float64
	enum     []string
	report   bool   // sent as ParameterStatus
	internal bool   // cannot be set
	context  string // of an internal one: "internal", "postmaster" or "sighup"
	about    string
	check    func(value string) (string, error) // gives the canonical form
}

// settings of a session: explicit values over the table's defaults, with what SET LOCAL and rollbacks must restore.
type settings struct {
	values   map[string]string // by lower-case name
	defaults map[string]string // startup packet, ALTER ROLE and ALTER DATABASE: what RESET goes back to
	undo     []settingUndo     // newest last, of the current transaction
	version  uint64            // counts changes, for what is derived from settings
}

type settingUndo struct {
	name  string
	value string
	had   bool
	local bool // undone at commit too
}

func newSettings() *settings {
	return &settings{values: map[string]string{}, defaults: map[string]string{}, version: 1}
}

// setDefault gives a setting the value that RESET goes back to.
func (s *settings) setDefault(key, value string) {
	if old, ok := s.defaults[key]; ok && old == value {
		return
	}
	s.defaults[key] = value
	s.version++
}

// given tells whether somebody set a setting: this session, or what it started with.
func (s *settings) given(name string) bool {
	_, session := s.values[name]
	_, start := s.defaults[name]
	return session || start
}

// get is a setting's value; ok is false for an unknown name. Custom names (with a dot) are known once set.
func (s *settings) get(name string) (string, bool) {
	key := strings.ToLower(name)
	if v, ok := s.values[key]; ok {
		return v, true
	}
	if v, ok := s.defaults[key]; ok {
		return v, true
	}
	if d, ok := settingTable[key]; ok {
		return d.boot, true
	}
	return "", false
}

// unchangeable is the error of setting one that only the server's start or its settings file decide.
func (d *setting) unchangeable() error {
	when := map[string]string{"postmaster": " without restarting the server", "sighup": " now"}[d.context]
	return pgerr.New(pgerrcode.CantChangeRuntimeParam, "parameter %q cannot be changed%s", d.name, when)
}

// reservedPrefix tells the prefixes of custom settings of which only those that exist can be set.
func reservedPrefix(prefix string) bool {
	return prefix == "hnsw" || prefix == "ivfflat"
}

// canonical checks a value and gives it the form that SHOW prints.
func canonical(name, value string) (string, error) {
	d, ok := settingTable[strings.ToLower(name)]
	if !ok {
		if prefix, _, custom := strings.Cut(name, "."); custom {
			if reservedPrefix(prefix) {
				return "", pgerr.New(pgerrcode.InvalidName, "invalid configuration parameter name %q", name).WithDetail("%q is a reserved prefix.", prefix)
			}
			return value, nil
		}
		return "", pgerr.New(pgerrcode.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	if d.internal {
		return "", d.unchangeable()
	}
	switch d.kind {
	case boolSetting:
		v, ok := parseBool(value)
		if !ok {
			return "", pgerr.New(pgerrcode.InvalidParameterValue, "parameter %q requires a Boolean value", d.name)
		}
		value = onOff(v)
	case intSetting, realSetting:
		return d.canonicalNumber(value)
	case enumSetting:
		v := strings.ToLower(value)
		if b, ok := parseBool(v); ok && !slices.Contains(d.enum, v) {
			v = onOff(b)
		}
		if !slices.Contains(d.enum, v) {
			return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter %q: %q", d.name, value).
				WithHint("Available values: %s.", strings.Join(d.enum, ", "))
		}
		value = v
	}
	if d.check != nil {
		return d.check(value)
	}
	return value, nil
}

func onOff(v bool) string {
	if v {
		return "on"
	}
	return "off"
}

func parseBool(v string) (value, ok bool) {
	v = strings.ToLower(v)
	if v == "" {
		return false, false
	}
	for _, word := range []string{"true", "yes"} {
		if strings.HasPrefix(word, v) {
			return true, true
		}
	}
	for _, word := range []string{"false", "no"} {
		if strings.HasPrefix(word, v) {
			return false, true
		}
	}
	switch v {
	case "on", "1":
		return true, true
	case "off", "of", "0":
		return false, true
	}
	return false, false
}

// unitFamilies are the sizes of units in bytes and in milliseconds.
var unitFamilies = []struct {
	sizes map[string]float64
	order []string // largest first
	hint  string
}{
	{map[string]float64{"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40, "8kB": 8 << 10}, []string{"TB", "GB", "MB", "kB"},
		`Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`},
	{map[string]float64{"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}, []string{"d", "h", "min", "s", "ms"},
		`Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`},
}

func (d *setting) invalid(value string) *pgerr.Error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter %q: %q", d.name, value)
}

// quantity reads a number with an optional unit as a number of base units.
func (d *setting) quantity(value string) (float64, error) {
	text := strings.TrimSpace(value)
	cut := len(text)
	for cut > 0 && (text[cut-1] < '0' || text[cut-1] > '9') && text[cut-1] != '.' {
		cut--
	}
	unit := strings.TrimSpace(text[cut:])
	v, err := strconv.ParseFloat(strings.TrimSpace(text[:cut]), 64)
	if err != nil {
		return 0, d.invalid(value)
	}
	if unit == "" {
		return v, nil
	}
	for _, family := range unitFamilies {
		base, ok := family.sizes[d.unit]
		if !ok {
			continue
		}
		size, ok := family.sizes[unit]
		if !ok || unit == "8kB" {
			return 0, d.invalid(value).WithHint("%s", family.hint)
		}
		return v * size / base, nil
	}
	return 0, d.invalid(value)
}

func (d *setting) canonicalNumber(value string) (string, error) {
	v, err := d.quantity(value)
	if err != nil {
		return "", err
	}
	if d.kind == intSetting {
		if math.Abs(v) > math.MaxInt32 {
			return "", d.invalid(value).WithHint("Value exceeds integer range.")
		}
		v = math.RoundToEven(v)
	}
	if v < d.min || v > d.max {
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if d.kind == intSetting {
			text = strconv.FormatInt(int64(v), 10)
		}
		if d.unit != "" {
			text += " " + d.unit
		}
		return "", pgerr.New(pgerrcode.InvalidParameterValue, "%s is outside the valid range for parameter %q (%s .. %s)", text, d.name,
			strconv.FormatFloat(d.min, 'f', -1, 64), strconv.FormatFloat(d.max, 'f', -1, 64))
	}
	if d.kind == realSetting {
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return d.formatUnits(int64(v)), nil
}

// formatUnits prints a number of base units with the largest unit that divides it, as SHOW does.
func (d *setting) formatUnits(v int64) string {
	if d.unit == "" || v <= 0 {
		return strconv.FormatInt(v, 10)
	}
	for _, family := range unitFamilies {
		base := float64(v) * family.sizes[d.unit] // 0 in the other family
		for _, u := range family.order {
			if n := base / family.sizes[u]; n >= 1 && n == math.Trunc(n) {
				return strconv.FormatInt(int64(n), 10) + u
			}
		}
	}
	return strconv.FormatInt(v, 10)
}

// set changes a value for the session, or for the transaction when local.
func (s *settings) set(name, value string, local bool) error {
	v, err := canonical(name, value)
	if err != nil {
		return err
	}
	s.change(strings.ToLower(name), &v, local)
	return nil
}

// reset goes back to the session's default. A custom setting stays known, empty.
func (s *settings) reset(name string, local bool) error {
	key := strings.ToLower(name)
	if d, ok := settingTable[key]; ok && d.internal {
		return d.unchangeable()
	}
	if _, ok := s.get(key); !ok {
		return pgerr.New(pgerrcode.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	_, known := settingTable[key]
	if _, started := s.defaults[key]; known || started {
		s.change(key, nil, local)
		return nil
	}
	empty := ""
	s.change(key, &empty, local)
	return nil
}

func (s *settings) resetAll() {
	for name := range maps.Clone(s.values) {
		if name != "transaction_isolation" && name != "transaction_read_only" {
			s.change(name, nil, false)
		}
	}
}

func (s *settings) change(key string, value *string, local bool) {
	s.version++
	old, had := s.values[key]
	s.undo = append(s.undo, settingUndo{key, old, had, local})
	if value == nil {
		delete(s.values, key)
	} else {
		s.values[key] = *value
	}
}

// endTransaction undoes what must not outlive the transaction: everything after a rollback, else what was LOCAL. It is false when the
// transaction changed nothing.
func (s *settings) endTransaction(committed bool) bool {
	if len(s.undo) == 0 {
		return false
	}
	s.rollbackTo(0, committed)
	s.undo = s.undo[:0]
	return true
}

// rollbackTo undoes the changes after a mark, newest first; onlyLocal keeps those that were not LOCAL, and with them what was LOCAL before.
func (s *settings) rollbackTo(mark int, onlyLocal bool) {
	s.version++
	var kept map[string]bool
	for i := len(s.undo) - 1; i >= mark; i-- {
		u := s.undo[i]
		if onlyLocal && !u.local {
			if kept == nil {
				kept = map[string]bool{}
			}
			kept[u.name] = true
		}
		if kept[u.name] {
			continue
		}
		if u.had {
			s.values[u.name] = u.value
		} else {
			delete(s.values, u.name)
		}
	}
	if !onlyLocal {
		s.undo = s.undo[:mark]
	}
}

// number is an integer setting in its base unit.
func (s *settings) number(name string) int64 {
	v, _ := s.get(name)
	d := settingTable[name]
	f, err := d.quantity(v)
	if err != nil {
		return 0
	}
	return int64(f)
}

func (s *settings) flag(name string) bool {
	v, _ := s.get(name)
	return v == "on"
}

// duration reads a setting in milliseconds; 0 is none.
func (s *settings) duration(name string) time.Duration {
	return time.Duration(s.number(name)) * time.Millisecond
}

// env is what text forms depend on.
func (s *settings) env() *types.Env {
	zone, _ := s.get("timezone")
	style, _ := s.get("datestyle")
	intervals, _ := s.get("intervalstyle")
	bytea, _ := s.get("bytea_output")
	loc, err := types.LoadZoneName(zone)
	if err != nil {
		loc = time.UTC
	}
	return &types.Env{Location: loc, LocationName: zone, DateStyle: style, IntervalStyle: intervals, ByteaOutput: bytea,
		ExtraFloatDigits: int(s.number("extra_float_digits")), ExtraFloatDigitsSet: true}
}

// all lists settings for SHOW ALL and pg_settings.
func (s *settings) all() iter.Seq[catalog.Setting] {
	return func(yield func(catalog.Setting) bool) {
		for _, key := range slices.Sorted(maps.Keys(settingTable)) {
			d := settingTable[key]
			v, _ := s.get(key)
			reset := d.boot
			if r, ok := s.defaults[key]; ok {
				reset = r
			}
			source := "default"
			if _, ok := s.values[key]; ok {
				source = "session"
			} else if _, ok := s.defaults[key]; ok {
				source = "client"
			}
			out := catalog.Setting{Name: d.name, Value: v, Unit: d.unit, Category: "vecgres", Description: d.about, Context: "user",
				VarType: [...]string{"bool", "integer", "real", "string", "enum"}[d.kind], Source: source, BootVal: d.boot, ResetVal: reset, EnumVals: d.enum}
			if d.internal {
				out.Context = d.context
			}
			if d.kind == intSetting || d.kind == realSetting {
				out.Min, out.Max = strconv.FormatFloat(d.min, 'f', -1, 64), strconv.FormatFloat(d.max, 'f', -1, 64)
			}
			if !yield(out) {
				return
			}
		}
	}
}
