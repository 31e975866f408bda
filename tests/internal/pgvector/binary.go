// Package pgvector has what clients of pgvector's types need beside a driver.
package pgvector

import (
	"encoding/binary"
	"math"
)

// AppendBinary appends a vector's binary form, as parameters and COPY carry it: the number of dimensions and a zero in 16 bits each, then the
// elements as float32, all big-endian.
func AppendBinary(buf []byte, v []float32) []byte {
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(v)))
	buf = binary.BigEndian.AppendUint16(buf, 0)
	for _, x := range v {
		buf = binary.BigEndian.AppendUint32(buf, math.Float32bits(x))
	}
	return buf
}
