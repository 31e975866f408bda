package types

import (
	"cmp"
	"encoding/binary"
	"strings"

	"vecgres/sql/pgerr"
)

var recordCodec = &codec{
	parse: func(_ *Env, _ Type, _ string) (Datum, error) {
		return Datum{}, anonymousInput()
	},
	format: formatRecord,
	decode: func(_ *Env, _ Type, _ []byte) (Datum, error) {
		return Datum{}, anonymousInput()
	},
	encode:  encodeRecord,
	compare: compareRecords,
	key:     keyRecord,
}

func anonymousInput() error {
	e := pgerr.Unimplemented("")
	e.Message = "input of anonymous composite types is not implemented"
	return e
}

// formatRecord is record_out: (1,"two words",).
func formatRecord(env *Env, dst []byte, _ OID, d Datum) []byte {
	r := d.Record()
	dst = append(dst, '(')
	for i, f := range r.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if f.null {
			continue
		}
		start := len(dst)
		dst = quoteField(AppendText(env, dst, r.Types[i].OID, f), start)
	}
	return append(dst, ')')
}

func quoteField(dst []byte, start int) []byte {
	raw := string(dst[start:])
	if raw != "" && !strings.ContainsAny(raw, "\"\\(), \t\n\r\v\f") {
		return dst
	}
	dst = append(dst[:start], '"')
	for i := 0; i < len(raw); i++ {
		if raw[i] == '"' || raw[i] == '\\' {
			dst = append(dst, raw[i])
		}
		dst = append(dst, raw[i])
	}
	return append(dst, '"')
}

// encodeRecord writes int32 fields, then for each its type's OID and its value with the length in front.
func encodeRecord(dst []byte, _ OID, d Datum) ([]byte, error) {
	r := d.Record()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Fields)))
	var err error
	for i, f := range r.Fields {
		dst = binary.BigEndian.AppendUint32(dst, uint32(r.Types[i].OID))
		if dst, err = AppendBinaryField(dst, r.Types[i].OID, f); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// compareRecords orders field by field, NULL greatest, then by the number of fields. Fields of different types, which Postgres
// refuses to compare, are ordered by their types.
func compareRecords(_ OID, x, y Datum) int {
	a, b := x.Record(), y.Record()
	for i := range min(len(a.Fields), len(b.Fields)) {
		if c := cmp.Compare(a.Types[i].OID, b.Types[i].OID); c != 0 {
			return c
		}
		if c := compareNullable(a.Types[i].OID, a.Fields[i], b.Fields[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a.Fields), len(b.Fields))
}

// keyRecord writes for each field 0x01, its type, and its key with NULLs last; then 0x00.
func keyRecord(dst []byte, _ OID, d Datum) ([]byte, error) {
	r := d.Record()
	var err error
	for i, f := range r.Fields {
		dst = binary.BigEndian.AppendUint32(append(dst, 1), uint32(r.Types[i].OID))
		if dst, err = AppendKey(dst, r.Types[i].OID, f, false, false); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}
