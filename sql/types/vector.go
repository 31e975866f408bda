package types

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// denseVector is what vector and halfvec have in common: a list of finite numbers with pgvector's checks and messages.
type denseVector struct {
	name  string
	half  bool
	width int // bytes of an element in the binary form
}

var (
	vectorKind  = denseVector{name: "vector", width: 4}
	halfvecKind = denseVector{name: "halfvec", width: 2, half: true}
)

func (k denseVector) codec() *codec {
	return &codec{
		parse: func(_ *Env, t Type, s string) (Datum, error) { return k.parse(t, s) },
		format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
			return AppendVector(dst, d.Vector())
		},
		decode:     func(_ *Env, t Type, b []byte) (Datum, error) { return k.receive(t, b, Datum{}) },
		decodeOver: k.receive,
		encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
			v := d.Vector()
			dst = binary.BigEndian.AppendUint32(dst, uint32(len(v))<<16)
			at := len(dst)
			dst = slices.Grow(dst, len(v)*k.width)[:at+len(v)*k.width]
			k.encode(dst[at:], v)
			return dst, nil
		},
		compare: func(_ OID, a, b Datum) int { return compareVectors(a.Vector(), b.Vector()) },
		key:     func(dst []byte, _ OID, d Datum) ([]byte, error) { return appendKeyVector(dst, d.Vector()), nil },
		typmod: func(t Type, d Datum, _ bool) (Datum, error) {
			return d, checkExpectedDim(t.Mod, len(d.Vector()))
		},
	}
}

// CheckVectorDims is pgvector's check of the number of dimensions; typeName is vector, halfvec or sparsevec.
func CheckVectorDims(typeName string, dims int) error {
	most := vectorDimsMax
	if typeName == "sparsevec" {
		most = sparsevecDimsMax
	}
	switch {
	case dims < 1:
		return pgerr.New(pgerrcode.DataException, "%s must have at least 1 dimension", typeName)
	case dims > most:
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "%s cannot have more than %d dimensions", typeName, most)
	}
	return nil
}

// CheckVectorElement is pgvector's check that an element is finite.
func CheckVectorElement(typeName string, v float32) error {
	switch {
	case v != v:
		return pgerr.New(pgerrcode.DataException, "NaN not allowed in %s", typeName)
	case v-v != 0:
		return pgerr.New(pgerrcode.DataException, "infinite value not allowed in %s", typeName)
	}
	return nil
}

func checkExpectedDim(mod int32, dims int) error {
	if mod >= 0 && int(mod) != dims {
		return pgerr.New(pgerrcode.DataException, "expected %d dimensions, not %d", mod, dims)
	}
	return nil
}

func skipSpace(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

// parse reads [1,2,3]. Only the vector itself is allocated: its size is guessed from the number of commas.
func (k denseVector) parse(t Type, s string) (Datum, error) {
	i := skipSpace(s, 0)
	if i == len(s) || s[i] != '[' {
		return Datum{}, syntaxError(k.name, s).WithDetail("Vector contents must start with \"[\".")
	}
	if i = skipSpace(s, i+1); i < len(s) && s[i] == ']' {
		return Datum{}, CheckVectorDims(k.name, 0)
	}
	v := make([]float32, 0, min(countCommas(s)+1, vectorDimsMax))
	for {
		if len(v) == vectorDimsMax {
			return Datum{}, CheckVectorDims(k.name, vectorDimsMax+1)
		}
		x, next, err := k.parseElement(s, skipSpace(s, i))
		if err != nil {
			return Datum{}, err
		}
		v = append(v, x)
		i = skipSpace(s, next)
		if i == len(s) || s[i] != ',' && s[i] != ']' {
			return Datum{}, syntaxError(k.name, s)
		}
		i++
		if s[i-1] == ']' {
			break
		}
	}
	if skipSpace(s, i) != len(s) {
		return Datum{}, syntaxError(k.name, s).WithDetail("Junk after closing right brace.")
	}
	return VectorOf(v), checkExpectedDim(t.Mod, len(v))
}

func countCommas(s string) (n int) {
	for i := 0; i < len(s); i++ {
		if s[i] == ',' {
			n++
		}
	}
	return n
}

func (k denseVector) parseElement(s string, i int) (v float32, next int, err error) {
	n := scanFloat(s[i:])
	if n == 0 {
		return 0, 0, syntaxError(k.name, s)
	}
	text := s[i : i+n]
	f, ok := convertFloat(text, 32)
	v = float32(f)
	if k.half && ok {
		wide := v
		v = RoundHalf(v)
		ok = v-v == 0 || wide-wide != 0
	}
	if !ok && f != 0 { // a number too small to tell from zero is zero
		return 0, 0, pgerr.New(pgerrcode.NumericValueOutOfRange, "\"%s\" is out of range for type %s", text, k.name)
	}
	return v, i + n, CheckVectorElement(k.name, v)
}

// AppendVector prints a vector with the shortest decimals, as pgvector does.
func AppendVector(dst []byte, v []float32) []byte {
	dst = append(dst, '[')
	for i, x := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendFloat(dst, float64(x), 32)
	}
	return append(dst, ']')
}

// receive reads int16 dimensions, int16 zero, and the elements, all big-endian, into the memory of old where that fits.
func (k denseVector) receive(t Type, b []byte, old Datum) (Datum, error) {
	if len(b) < 4 {
		return Datum{}, shortBinary()
	}
	dims, unused := int(binary.BigEndian.Uint16(b)), int16(binary.BigEndian.Uint16(b[2:]))
	if err := CheckVectorDims(k.name, dims); err != nil {
		return Datum{}, err
	}
	if err := checkExpectedDim(t.Mod, dims); err != nil {
		return Datum{}, err
	}
	if unused != 0 {
		return Datum{}, pgerr.New(pgerrcode.DataException, "expected unused to be 0, not %d", unused)
	}
	b = b[4:]
	switch {
	case len(b) < dims*k.width:
		return Datum{}, shortBinary()
	case len(b) > dims*k.width:
		return Datum{}, badBinarySize()
	}
	v, ok := old.X.([]float32)
	if !ok || len(v) != dims {
		v = make([]float32, dims)
		old = VectorOf(v)
	}
	if k.half && decodeHalves(v, b) || !k.half && decodeFloats(v, b) {
		return Datum{X: old.X}, nil
	}
	for _, x := range v {
		if err := CheckVectorElement(k.name, x); err != nil {
			return Datum{}, err
		}
	}
	return Datum{}, pgerr.Internal(nil, "a vector of finite numbers was refused")
}

// encode writes the elements big-endian into dst, which is long enough.
func (k denseVector) encode(dst []byte, v []float32) {
	if k.half {
		for i, x := range v {
			binary.BigEndian.PutUint16(dst[2*i:], HalfBits(x))
		}
		return
	}
	for _, x := range v {
		binary.BigEndian.PutUint32(dst, math.Float32bits(x))
		dst = dst[4:]
	}
}

// decodeHalves fills v from b, which is long enough, and tells whether all elements are finite.
func decodeHalves(v []float32, b []byte) bool {
	finite := true
	for i := range v {
		v[i] = HalfFromBits(binary.BigEndian.Uint16(b[2*i:]))
		finite = finite && v[i]-v[i] == 0
	}
	return finite
}

// decodeFloats fills v from b, which is long enough, four elements a step, and tells whether all are finite: NaN and the infinities have all
// bits of the exponent set, and one more carries into the place of the sign.
func decodeFloats(v []float32, b []byte) bool {
	const signs, one = 1<<63 | 1<<31, 1<<55 | 1<<23
	carried := uint64(0)
	for len(v) >= 4 && len(b) >= 16 {
		low, high := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
		v[0], v[1] = math.Float32frombits(uint32(low>>32)), math.Float32frombits(uint32(low))
		v[2], v[3] = math.Float32frombits(uint32(high>>32)), math.Float32frombits(uint32(high))
		carried |= (low&^signs + one) | (high&^signs + one)
		v, b = v[4:], b[16:]
	}
	for i := range v {
		x := binary.BigEndian.Uint32(b[4*i:])
		v[i] = math.Float32frombits(x)
		carried |= (uint64(x)&^signs + one)
	}
	return carried&signs == 0
}

// compareVectors orders by elements, then by length.
func compareVectors(a, b []float32) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] < b[i]:
			return -1
		case a[i] > b[i]:
			return 1
		}
	}
	return len(a) - len(b)
}

// appendKeyVector writes each element as 4 ordered bytes and then four zero bytes, which lie below every finite element.
func appendKeyVector(dst []byte, v []float32) []byte {
	for _, x := range v {
		dst = binary.BigEndian.AppendUint32(dst, orderedFloat32(x))
	}
	return append(dst, 0, 0, 0, 0)
}

func orderedFloat32(f float32) uint32 {
	switch u := math.Float32bits(f); {
	case f == 0:
		return 1 << 31
	case u>>31 != 0:
		return ^u
	default:
		return u | 1<<31
	}
}

// RoundHalf rounds to the nearest number that half precision can hold, ties to even; beyond its range it is infinite.
func RoundHalf(v float32) float32 { return HalfFromBits(HalfBits(v)) }

// HalfBits is the IEEE 754 half-precision form nearest to v.
func HalfBits(v float32) uint16 {
	u := math.Float32bits(v)
	sign := uint16(u >> 16 & 0x8000)
	exponent, fraction := int(u>>23&0xff)-127, u&0x7fffff
	switch {
	case exponent == 128 && fraction != 0:
		return sign | 0x7e00
	case exponent > 15:
		return sign | 0x7c00
	case exponent >= -14:
		return sign | roundShift(uint32(exponent+15)<<23|fraction, 13)
	case exponent >= -25:
		return sign | roundShift(fraction|0x800000, uint(-exponent-1))
	}
	return sign
}

// roundShift shifts right, rounding to nearest, ties to even. A carry out of the fraction goes into the exponent, as it should.
func roundShift(v uint32, n uint) uint16 {
	half := uint32(1) << (n - 1)
	rest := v & (1<<n - 1)
	v >>= n
	if rest > half || rest == half && v&1 != 0 {
		v++
	}
	return uint16(v)
}

// HalfFromBits is the number that a half-precision form stands for.
func HalfFromBits(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
