package types

import (
	"encoding/binary"
	"math"
	"sort"
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

const sparsevecElementsMax = 16000

var sparsevecCodec = &codec{
	parse: func(_ *Env, t Type, s string) (Datum, error) {
		v, err := parseSparse(s)
		if err != nil {
			return Datum{}, err
		}
		return Datum{X: v}, checkExpectedDim(t.Mod, int(v.Dim))
	},
	format:  func(_ *Env, dst []byte, _ OID, d Datum) []byte { return appendSparse(dst, d.SparseVec()) },
	decode:  func(_ *Env, t Type, b []byte) (Datum, error) { return decodeSparse(t, b) },
	encode:  encodeSparse,
	compare: func(_ OID, a, b Datum) int { return compareSparse(a.SparseVec(), b.SparseVec()) },
	key:     func(dst []byte, _ OID, d Datum) ([]byte, error) { return appendKeySparse(dst, d.SparseVec()), nil },
	typmod: func(t Type, d Datum, _ bool) (Datum, error) {
		return d, checkExpectedDim(t.Mod, int(d.SparseVec().Dim))
	},
}

// parseSparse reads {index:value,…}/dimensions, indices from 1 in any order.
func parseSparse(s string) (*SparseVec, error) {
	if countCommas(s)+1 > sparsevecElementsMax {
		return nil, tooManySparse()
	}
	i := skipSpace(s, 0)
	if i == len(s) || s[i] != '{' {
		return nil, syntaxError("sparsevec", s).WithDetail("Vector contents must start with \"{\".")
	}
	v := &SparseVec{}
	i = skipSpace(s, i+1)
	if i < len(s) && s[i] == '}' {
		i++
	} else {
		for done := false; !done; {
			var err error
			if i, done, err = v.parseElement(s, i); err != nil {
				return nil, err
			}
		}
	}
	if i = skipSpace(s, i); i == len(s) || s[i] != '/' {
		return nil, syntaxError("sparsevec", s).WithDetail("Unexpected end of input.")
	}
	dims, i, ok := scanInt(s, skipSpace(s, i+1))
	if !ok {
		return nil, syntaxError("sparsevec", s)
	}
	if skipSpace(s, i) != len(s) {
		return nil, syntaxError("sparsevec", s).WithDetail("Junk after closing.")
	}
	if err := CheckVectorDims("sparsevec", int(dims)); err != nil {
		return nil, err
	}
	v.Dim = dims
	sort.Sort(byIndex{v})
	return v, v.checkIndices()
}

// parseElement reads one index:value and the comma or brace after it.
func (v *SparseVec) parseElement(s string, i int) (next int, last bool, err error) {
	index, i, ok := scanInt(s, skipSpace(s, i))
	i = skipSpace(s, i)
	if !ok || i == len(s) || s[i] != ':' {
		return 0, false, syntaxError("sparsevec", s)
	}
	i = skipSpace(s, i+1)
	n := scanFloat(s[i:])
	if n == 0 {
		return 0, false, syntaxError("sparsevec", s)
	}
	f, ok := convertFloat(s[i:i+n], 32)
	if !ok {
		return 0, false, pgerr.New(pgerrcode.NumericValueOutOfRange, "\"%s\" is out of range for type sparsevec", s[i:i+n])
	}
	if err := CheckVectorElement("sparsevec", float32(f)); err != nil {
		return 0, false, err
	}
	if f != 0 {
		v.Indices = append(v.Indices, max(index, math.MinInt32+1)-1)
		v.Values = append(v.Values, float32(f))
	}
	if i = skipSpace(s, i+n); i == len(s) || s[i] != ',' && s[i] != '}' {
		return 0, false, syntaxError("sparsevec", s)
	}
	return i + 1, s[i] == '}', nil
}

// scanInt is strtol: sign and digits, kept within an int32.
func scanInt(s string, i int) (v int32, next int, ok bool) {
	start := i
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == digits {
		return 0, start, false
	}
	n, err := strconv.ParseInt(s[start:i], 10, 32)
	_ = err // out of range leaves the nearest bound, which the checks after this refuse
	return int32(n), i, true
}

// byIndex sorts the elements of a sparsevec.
type byIndex struct{ *SparseVec }

func (v byIndex) Len() int           { return len(v.Indices) }
func (v byIndex) Less(i, j int) bool { return v.Indices[i] < v.Indices[j] }
func (v byIndex) Swap(i, j int) {
	v.Indices[i], v.Indices[j] = v.Indices[j], v.Indices[i]
	v.Values[i], v.Values[j] = v.Values[j], v.Values[i]
}

func (v *SparseVec) checkIndices() error {
	for i, index := range v.Indices {
		if index < 0 || index >= v.Dim {
			return pgerr.New(pgerrcode.DataException, "sparsevec index out of bounds")
		}
		if i > 0 && index < v.Indices[i-1] {
			return pgerr.New(pgerrcode.DataException, "sparsevec indices must be in ascending order")
		}
		if i > 0 && index == v.Indices[i-1] {
			return pgerr.New(pgerrcode.DataException, "sparsevec indices must not contain duplicates")
		}
	}
	return nil
}

func tooManySparse() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "sparsevec cannot have more than %d non-zero elements", sparsevecElementsMax)
}

func appendSparse(dst []byte, v *SparseVec) []byte {
	dst = append(dst, '{')
	for i, index := range v.Indices {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(index)+1, 10)
		dst = append(dst, ':')
		dst = AppendFloat(dst, float64(v.Values[i]), 32)
	}
	dst = append(dst, "}/"...)
	return strconv.AppendInt(dst, int64(v.Dim), 10)
}

// The binary form is int32 dimensions, int32 number of elements, int32 zero, the indices from 0, the values.
func encodeSparse(dst []byte, _ OID, d Datum) ([]byte, error) {
	v := d.SparseVec()
	be := binary.BigEndian
	dst = be.AppendUint32(dst, uint32(v.Dim))
	dst = be.AppendUint32(dst, uint32(len(v.Indices)))
	dst = be.AppendUint32(dst, 0)
	for _, index := range v.Indices {
		dst = be.AppendUint32(dst, uint32(index))
	}
	for _, x := range v.Values {
		dst = be.AppendUint32(dst, math.Float32bits(x))
	}
	return dst, nil
}

func decodeSparse(t Type, b []byte) (Datum, error) {
	if len(b) < 12 {
		return Datum{}, shortBinary()
	}
	be := binary.BigEndian
	dims, n, unused := int32(be.Uint32(b)), int32(be.Uint32(b[4:])), int32(be.Uint32(b[8:]))
	b = b[12:]
	if err := checkSparseHeader(t, dims, n, unused); err != nil {
		return Datum{}, err
	}
	switch {
	case len(b) < int(n)*8:
		return Datum{}, shortBinary()
	case len(b) > int(n)*8:
		return Datum{}, badBinarySize()
	}
	v := &SparseVec{Dim: dims, Indices: make([]int32, n), Values: make([]float32, n)}
	for i := range v.Indices {
		v.Indices[i] = int32(be.Uint32(b[4*i:]))
	}
	if err := v.checkIndices(); err != nil {
		return Datum{}, err
	}
	for i := range v.Values {
		v.Values[i] = math.Float32frombits(be.Uint32(b[4*int(n)+4*i:]))
		if err := CheckVectorElement("sparsevec", v.Values[i]); err != nil {
			return Datum{}, err
		}
		if v.Values[i] == 0 {
			return Datum{}, pgerr.New(pgerrcode.DataException, "binary representation of sparsevec cannot contain zero values")
		}
	}
	return Datum{X: v}, nil
}

func checkSparseHeader(t Type, dims, n, unused int32) error {
	if err := CheckVectorDims("sparsevec", int(dims)); err != nil {
		return err
	}
	switch {
	case n < 0:
		return pgerr.New(pgerrcode.DataException, "sparsevec cannot have negative number of elements")
	case n > sparsevecElementsMax:
		return tooManySparse()
	case n > dims:
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "sparsevec cannot have more elements than dimensions")
	}
	if err := checkExpectedDim(t.Mod, int(dims)); err != nil {
		return err
	}
	if unused != 0 {
		return pgerr.New(pgerrcode.DataException, "expected unused to be 0, not %d", unused)
	}
	return nil
}

// compareSparse orders as the dense vectors would be, elements first, then dimensions.
func compareSparse(a, b *SparseVec) int {
	for i := 0; i < len(a.Indices) && i < len(b.Indices); i++ {
		switch {
		case a.Indices[i] < b.Indices[i]:
			return signOf(a.Values[i])
		case a.Indices[i] > b.Indices[i]:
			return -signOf(b.Values[i])
		case a.Values[i] != b.Values[i]:
			if a.Values[i] < b.Values[i] {
				return -1
			}
			return 1
		}
	}
	n := min(len(a.Indices), len(b.Indices))
	if len(a.Indices) > n && a.Indices[n] < b.Dim {
		return signOf(a.Values[n])
	}
	if len(b.Indices) > n && b.Indices[n] < a.Dim {
		return -signOf(b.Values[n])
	}
	return int(a.Dim) - int(b.Dim)
}

func signOf(v float32) int {
	if v < 0 {
		return -1
	}
	return 1
}

// Key bytes of a sparsevec. Its order is that of the dense vectors, which differ first where one has an element and the other
// none or another: so the elements are written from left to right, each with how much it makes the vector greater. A positive one
// is 0x02, the inverted index (the sooner the greater), the value; a negative one 0x01, the index (the sooner the less), the
// value; the end is like a negative element at the index after the last, with a value of four zero bytes.
func appendKeySparse(dst []byte, v *SparseVec) []byte {
	be := binary.BigEndian
	for i, index := range v.Indices {
		if v.Values[i] > 0 {
			dst = be.AppendUint32(append(dst, 2), ^uint32(index))
		} else {
			dst = be.AppendUint32(append(dst, 1), uint32(index))
		}
		dst = be.AppendUint32(dst, orderedFloat32(v.Values[i]))
	}
	dst = be.AppendUint32(append(dst, 1), uint32(v.Dim))
	return append(dst, 0, 0, 0, 0)
}
