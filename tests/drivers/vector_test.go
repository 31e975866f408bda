package drivers

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"vecgres/tests/internal/pgvector"
)

// vector is a pgvector value as an application holds it.
type vector []float32

// String is the value's text: [1,2,3].
func (v vector) String() string {
	parts := make([]string, len(v))
	for i, x := range v {
		parts[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// vectorCodec teaches pgx the type vector, in text and binary, as pgvector-go does.
type vectorCodec struct{}

func (vectorCodec) FormatSupported(format int16) bool { return format == 0 || format == 1 }
func (vectorCodec) PreferredFormat() int16            { return pgtype.BinaryFormatCode }

func (vectorCodec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(vector); !ok {
		return nil
	}
	if format == pgtype.BinaryFormatCode {
		return encodeVector(func(v vector, buf []byte) []byte { return pgvector.AppendBinary(buf, v) })
	}
	return encodeVector(func(v vector, buf []byte) []byte { return append(buf, v.String()...) })
}

// encodeVector is a plan made of a function.
type encodeVector func(v vector, buf []byte) []byte

func (e encodeVector) Encode(value any, buf []byte) ([]byte, error) {
	return e(value.(vector), buf), nil
}

func (vectorCodec) PlanScan(_ *pgtype.Map, _ uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*vector); !ok {
		return nil
	}
	return scanVector(format)
}

// scanVector reads a vector in a format.
type scanVector int16

func (s scanVector) Scan(src []byte, dst any) (err error) {
	*dst.(*vector), err = decodeVector(int16(s), src)
	return err
}

func decodeVector(format int16, src []byte) (vector, error) {
	if src == nil {
		return nil, nil
	}
	if format == pgtype.TextFormatCode {
		var v vector
		for _, part := range strings.Split(strings.Trim(string(src), "[]"), ",") {
			x, err := strconv.ParseFloat(part, 32)
			if err != nil {
				return nil, err
			}
			v = append(v, float32(x))
		}
		return v, nil
	}
	if len(src) < 4 || len(src) != 4+4*int(binary.BigEndian.Uint16(src)) || src[2] != 0 || src[3] != 0 {
		return nil, fmt.Errorf("not a binary vector: %x", src)
	}
	v := make(vector, (len(src)-4)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.BigEndian.Uint32(src[4+4*i:]))
	}
	return v, nil
}

func (vectorCodec) DecodeDatabaseSQLValue(_ *pgtype.Map, _ uint32, format int16, src []byte) (driver.Value, error) {
	v, err := decodeVector(format, src)
	return v.String(), err
}

func (vectorCodec) DecodeValue(_ *pgtype.Map, _ uint32, format int16, src []byte) (any, error) {
	return decodeVector(format, src)
}

// registerVector looks the type up by name, as applications do, and registers it.
func registerVector(ctx context.Context, conn *pgx.Conn) error {
	t, err := conn.LoadType(ctx, "vector")
	if err == nil {
		t.Codec = vectorCodec{}
		conn.TypeMap().RegisterType(t)
		return nil
	}
	// LoadType knows only composite, array, enum, domain and range types by themselves.
	var oid uint32
	if err := conn.QueryRow(ctx, "SELECT oid FROM pg_type WHERE typname = $1", "vector").Scan(&oid); err != nil {
		return errors.Join(errors.New("no type vector"), err)
	}
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "vector", OID: oid, Codec: vectorCodec{}})
	return nil
}

func TestVectorText(t *testing.T) {
	v := vector{1, 0.1, -2e10}
	for format, data := range map[int16][]byte{0: []byte(v.String()), 1: pgvector.AppendBinary(nil, v)} {
		got, err := decodeVector(format, data)
		if err != nil || got.String() != v.String() {
			t.Errorf("format %d: %v, %v", format, got, err)
		}
	}
}
