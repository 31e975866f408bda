package types

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// pgvector's casts.

func init() {
	for _, from := range []OID{Int4ArrayOID, Float4ArrayOID, Float8ArrayOID, NumericArrayOID} {
		addCast(from, VectorOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return arrayToVector(d.Array(), "vector", false) })
		addCast(from, HalfvecOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return arrayToVector(d.Array(), "halfvec", true) })
		addCast(from, SparsevecOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) {
			v, err := arrayToVector(d.Array(), "sparsevec", false)
			if err != nil {
				return Datum{}, err
			}
			return denseToSparse(v.Vector())
		})
	}
	toFloats := func(_ *Env, d Datum) (Datum, error) { return vectorToArray(d.Vector()), nil }
	addCast(VectorOID, Float4ArrayOID, CastImplicit, toFloats)
	addCast(HalfvecOID, Float4ArrayOID, CastAssignment, toFloats)
	addCast(VectorOID, HalfvecOID, CastImplicit, func(_ *Env, d Datum) (Datum, error) { return toHalf(d.Vector()) })
	addCast(HalfvecOID, VectorOID, CastAssignment, same)
	toSparse := func(_ *Env, d Datum) (Datum, error) { return denseToSparse(d.Vector()) }
	addCast(VectorOID, SparsevecOID, CastImplicit, toSparse)
	addCast(HalfvecOID, SparsevecOID, CastImplicit, toSparse)
	addCast(SparsevecOID, VectorOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return sparseToDense(d.SparseVec(), "vector") })
	addCast(SparsevecOID, HalfvecOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) {
		v, err := sparseToDense(d.SparseVec(), "halfvec")
		if err != nil {
			return Datum{}, err
		}
		return toHalf(v.Vector())
	})
	for _, oid := range []OID{VectorOID, HalfvecOID, SparsevecOID} {
		addCast(oid, oid, CastImplicit, same)
	}
}

func arrayToVector(a *Array, name string, half bool) (Datum, error) {
	if len(a.Dims) > 1 {
		return Datum{}, pgerr.New(pgerrcode.DataException, "array must be 1-D")
	}
	for _, e := range a.Elems {
		if e.null {
			return Datum{}, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "array must not contain nulls")
		}
	}
	if err := CheckVectorDims(name, len(a.Elems)); err != nil {
		return Datum{}, err
	}
	v := make([]float32, len(a.Elems))
	for i, e := range a.Elems {
		x, err := elementFloat(a.Elem, e)
		if err != nil {
			return Datum{}, err
		}
		if half {
			if x, err = halfElement(x); err != nil {
				return Datum{}, err
			}
		}
		if err := CheckVectorElement(name, x); err != nil {
			return Datum{}, err
		}
		v[i] = x
	}
	return VectorOf(v), nil
}

func elementFloat(elem OID, e Datum) (float32, error) {
	switch elem {
	case Int4OID:
		return float32(e.N), nil
	case NumericOID:
		f, err := numericToFloat(e.Numeric(), "real", 32)
		return float32(f), err
	}
	return float32(e.Float()), nil
}

// halfElement rounds to half precision; a finite number beyond its range is 22003.
func halfElement(x float32) (float32, error) {
	h := RoundHalf(x)
	if h-h != 0 && x-x == 0 {
		return 0, pgerr.New(pgerrcode.NumericValueOutOfRange, "\"%s\" is out of range for type halfvec", AppendFloat(nil, float64(x), 32))
	}
	return h, nil
}

func toHalf(v []float32) (Datum, error) {
	out := make([]float32, len(v))
	for i, x := range v {
		h, err := halfElement(x)
		if err != nil {
			return Datum{}, err
		}
		out[i] = h
	}
	return VectorOf(out), nil
}

func vectorToArray(v []float32) Datum {
	elems := make([]Datum, len(v))
	for i, x := range v {
		elems[i] = Float(float64(x))
	}
	return NewArray(Float4OID, elems)
}

func denseToSparse(v []float32) (Datum, error) {
	s := &SparseVec{Dim: int32(len(v))}
	for i, x := range v {
		if x != 0 {
			s.Indices, s.Values = append(s.Indices, int32(i)), append(s.Values, x)
		}
	}
	if len(s.Indices) > sparsevecElementsMax {
		return Datum{}, tooManySparse()
	}
	return Datum{X: s}, nil
}

func sparseToDense(s *SparseVec, name string) (Datum, error) {
	if err := CheckVectorDims(name, int(s.Dim)); err != nil {
		return Datum{}, err
	}
	v := make([]float32, s.Dim)
	for i, index := range s.Indices {
		v[index] = s.Values[i]
	}
	return VectorOf(v), nil
}
