package types

import (
	"cmp"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

const (
	arrayDimsMax  = 6
	arrayItemsMax = 134217727
)

var arrayCodec = &codec{
	parse:   parseArray,
	format:  formatArray,
	decode:  decodeArray,
	encode:  encodeArray,
	compare: compareArrays,
	key:     keyArray,
	typmod:  arrayTypmod,
}

// NewArray makes a one-dimensional array with lower bound 1; no elements make the empty array. It keeps elems.
func NewArray(elem OID, elems []Datum) Datum {
	a := &Array{Elem: elem, Elems: elems}
	if len(elems) > 0 {
		a.Dims, a.Lower = []int32{int32(len(elems))}, []int32{1}
	}
	return ArrayOf(a)
}

func arrayTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	a := d.Array()
	elemType := Type{a.Elem, t.Mod}
	return mapArray(a, a.Elem, func(e Datum) (Datum, error) { return ApplyTypmod(elemType, e, explicit) })
}

// mapArray makes an array of the same shape; NULLs stay.
func mapArray(a *Array, elem OID, f func(Datum) (Datum, error)) (Datum, error) {
	out := &Array{Elem: elem, Dims: a.Dims, Lower: a.Lower, Elems: make([]Datum, len(a.Elems))}
	for i, e := range a.Elems {
		if e.null {
			out.Elems[i] = Null
			continue
		}
		v, err := f(e)
		if err != nil {
			return Datum{}, err
		}
		out.Elems[i] = v
	}
	return ArrayOf(out), nil
}

// compareArrays orders by elements (NULL greatest), then their number, then the shape.
func compareArrays(_ OID, x, y Datum) int {
	a, b := x.Array(), y.Array()
	for i := range min(len(a.Elems), len(b.Elems)) {
		if c := compareNullable(a.Elem, a.Elems[i], b.Elems[i]); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(a.Elems), len(b.Elems)); c != 0 {
		return c
	}
	if c := cmp.Compare(len(a.Dims), len(b.Dims)); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := cmp.Compare(a.Dims[i], b.Dims[i]); c != 0 {
			return c
		}
	}
	for i := range a.Lower {
		if c := cmp.Compare(a.Lower[i], b.Lower[i]); c != 0 {
			return c
		}
	}
	return 0
}

func compareNullable(oid OID, a, b Datum) int {
	switch {
	case a.null && b.null:
		return 0
	case a.null:
		return 1
	case b.null:
		return -1
	}
	return Compare(oid, a, b)
}

// keyArray writes the elements as columns with NULLs last, 0x00, and the shape.
func keyArray(dst []byte, _ OID, d Datum) ([]byte, error) {
	a := d.Array()
	var err error
	for _, e := range a.Elems {
		if dst, err = AppendKey(dst, a.Elem, e, false, false); err != nil {
			return dst, err
		}
	}
	dst = append(dst, 0, byte(len(a.Dims)))
	for _, n := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n)^(1<<31))
	}
	for _, n := range a.Lower {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n)^(1<<31))
	}
	return dst, nil
}

// The binary form is int32 dimensions, int32 1 when there are NULLs, the element type's OID, then for each dimension its length
// and lower bound, then for each element its length (-1 for NULL) and its own binary form.
func encodeArray(dst []byte, oid OID, d Datum) ([]byte, error) {
	a := d.Array()
	be := binary.BigEndian
	dims, lower := a.Dims, a.Lower
	if len(dims) == 0 && (oid == Int2VectorOID || oid == OidVectorOID) {
		dims, lower = []int32{0}, []int32{0}
	}
	hasNull := uint32(0)
	for _, e := range a.Elems {
		if e.null {
			hasNull = 1
			break
		}
	}
	dst = be.AppendUint32(dst, uint32(len(dims)))
	dst = be.AppendUint32(dst, hasNull)
	dst = be.AppendUint32(dst, uint32(a.Elem))
	for i := range dims {
		dst = be.AppendUint32(dst, uint32(dims[i]))
		dst = be.AppendUint32(dst, uint32(lower[i]))
	}
	var err error
	for _, e := range a.Elems {
		if dst, err = AppendBinaryField(dst, a.Elem, e); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// AppendBinaryField appends a value with its length in front, as arrays, records, DataRow and COPY have it; -1 for NULL.
func AppendBinaryField(dst []byte, oid OID, d Datum) ([]byte, error) {
	if d.null {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32), nil
	}
	at := len(dst)
	dst, err := AppendBinary(append(dst, 0, 0, 0, 0), oid, d)
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

func decodeArray(env *Env, t Type, b []byte) (Datum, error) {
	want := ElemOf(t.OID)
	a, b, err := decodeArrayShape(want, b)
	if err != nil {
		return Datum{}, err
	}
	n, err := arrayItems(a.Dims)
	if err != nil {
		return Datum{}, err
	}
	if n > len(b)/4 {
		return Datum{}, shortBinary()
	}
	a.Elems = make([]Datum, n)
	for i := range a.Elems {
		if len(b) < 4 {
			return Datum{}, shortBinary()
		}
		size := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		switch {
		case size == -1:
			a.Elems[i] = Null
			continue
		case size < 0 || int(size) > len(b):
			return Datum{}, shortBinary()
		}
		if a.Elems[i], err = DecodeBinary(env, T(want), b[:size]); err != nil {
			return Datum{}, err
		}
		b = b[size:]
	}
	if len(b) > 0 {
		return Datum{}, badBinarySize()
	}
	if n == 0 {
		a.Dims, a.Lower = nil, nil
	}
	return ArrayOf(a), nil
}

func decodeArrayShape(want OID, b []byte) (*Array, []byte, error) {
	if len(b) < 12 {
		return nil, nil, shortBinary()
	}
	be := binary.BigEndian
	dims, flags, elem := int32(be.Uint32(b)), be.Uint32(b[4:]), OID(be.Uint32(b[8:]))
	b = b[12:]
	switch {
	case dims < 0:
		return nil, nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid number of dimensions: %d", dims)
	case dims > arrayDimsMax:
		return nil, nil, tooManyDims(int(dims))
	case flags > 1:
		return nil, nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid array flags")
	case elem != want:
		return nil, nil, pgerr.New(pgerrcode.DatatypeMismatch, "binary data has array element type %d (%s) instead of expected %d (%s)",
			elem, TypeName(elem), want, TypeName(want))
	case len(b) < 8*int(dims):
		return nil, nil, shortBinary()
	}
	a := &Array{Elem: elem}
	for range dims {
		a.Dims = append(a.Dims, int32(be.Uint32(b)))
		a.Lower = append(a.Lower, int32(be.Uint32(b[4:])))
		b = b[8:]
	}
	return a, b, checkBounds(a)
}

func checkBounds(a *Array) error {
	for i, n := range a.Dims {
		if int64(a.Lower[i])+int64(max(n, 0)) > math.MaxInt32 {
			return pgerr.New(pgerrcode.ProgramLimitExceeded, "array lower bound is too large: %d", a.Lower[i])
		}
	}
	return nil
}

func tooManyDims(n int) error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", n, arrayDimsMax)
}

// arrayItems is the product of the dimensions.
func arrayItems(dims []int32) (int, error) {
	if len(dims) == 0 {
		return 0, nil
	}
	n := int64(1)
	for _, dim := range dims {
		n *= int64(dim)
		if dim < 0 || n > arrayItemsMax {
			return 0, pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayItemsMax)
		}
	}
	return int(n), nil
}

// vectorOfInts is int2vector or oidvector: an array that is written as numbers with blanks between.
func vectorOfInts(elem OID) *codec {
	c := *arrayCodec
	c.typmod = nil
	c.parse = func(env *Env, _ Type, s string) (Datum, error) {
		a := &Array{Elem: elem}
		for i := skipSpace(s, 0); i < len(s); i = skipSpace(s, i) {
			end := i
			for end < len(s) && !isSpace(s[end]) {
				end++
			}
			d, err := ParseText(env, T(elem), s[i:end])
			if err != nil {
				return Datum{}, err
			}
			a.Elems = append(a.Elems, d)
			i = end
		}
		if len(a.Elems) > 0 {
			a.Dims, a.Lower = []int32{int32(len(a.Elems))}, []int32{0}
		}
		return ArrayOf(a), nil
	}
	c.format = func(_ *Env, dst []byte, _ OID, d Datum) []byte {
		for i, e := range d.Array().Elems {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = strconv.AppendInt(dst, e.N, 10)
		}
		return dst
	}
	c.compare = func(_ OID, x, y Datum) int {
		a, b := x.Array().Elems, y.Array().Elems
		for i := 0; i < len(a) && len(a) == len(b); i++ {
			if c := Compare(elem, a[i], b[i]); c != 0 {
				return c
			}
		}
		return len(a) - len(b)
	}
	c.key = func(dst []byte, _ OID, d Datum) ([]byte, error) {
		elems := d.Array().Elems
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(elems)))
		for _, e := range elems {
			dst = appendKeyInt(dst, e.N)
		}
		return dst, nil
	}
	return &c
}
