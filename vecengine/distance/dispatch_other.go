//go:build !amd64

package distance

import "unsafe"

func machineLevel() level { return levelPortable }

func codeLevel(level) level { return levelPortable }

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
