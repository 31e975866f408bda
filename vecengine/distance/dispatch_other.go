//go:build !amd64

package distance

import "unsafe"

func machineLevel() level { return levelPortable }

func codeLevel(level) level { return levelPortable }

func bitLevel(level) level { return levelPortable }

func floatGather(op floatOp, q, base *float32, dim int, ids *uint32, n int, out *float32) {
	portableFloat(op, q, base, dim, ids, n, out)
}

func floatContiguous(op floatOp, q, base *float32, dim, n int, out *float32) {
	portableFloat(op, q, base, dim, nil, n, out)
}

func codeGather(q *int8, base *byte, stride int, ids *uint32, n int, out *int32) {
	portableCode(q, base, stride, ids, n, out)
}

func codeContiguous(q *int8, base *byte, stride, n int, out *int32) {
	portableCode(q, base, stride, nil, n, out)
}

func prefetchRows(base *byte, stride int, ids *uint32, n, lines int) {}

func encode(v, offset *float32, inv float32, n int, codes *int8, low, high *float32) {
	*low, *high = portableEncode(unsafe.Slice(v, n), unsafe.Slice(offset, n), inv, unsafe.Slice(codes, n))
}

func halfGather(op floatOp, q *float32, base *byte, dim int, ids *uint32, n int, out *float32) {
	portableHalf(op, q, base, dim, ids, n, out)
}

func halfContiguous(op floatOp, q *float32, base *byte, dim, n int, out *float32) {
	portableHalf(op, q, base, dim, nil, n, out)
}

func encodeHalves(out []byte, v []float32) { portableEncodeHalves(out, v) }

func decodeHalves(out []float32, b []byte) { portableDecodeHalves(out, b) }

func bitGather(op bitOp, q, base *byte, words int, ids *uint32, n int, out *uint32) {
	portableBits(op, q, base, words, ids, n, out)
}

func bitContiguous(op bitOp, q, base *byte, words, n int, out *uint32) {
	portableBits(op, q, base, words, nil, n, out)
}

func planeGather(planes, base *byte, blocks, stride int, ids *uint32, n int, out *uint32) {
	portablePlanes(planes, base, blocks, stride, ids, n, out)
}

func sparseGather(op floatOp, dense *float32, last int, rows *sparseRow, n int, out *float64) {
	portableSparse(op, dense, last, rows, n, out)
}
