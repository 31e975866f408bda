package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sparseKernels writes the two sums of sparse rows and a query that is laid out densely, for both instruction sets.
func sparseKernels() {
	for _, set := range []string{"AVX512", "AVX2"} {
		for _, op := range []string{"L2", "L1", "Dot", "DotNorm"} {
			name := "sparse" + op + set
			TEXT(name, NOSPLIT, "func(dense *float32, last int, rows *byte, n int, out *float64)")
			Pragma("noescape")
			Doc(name + " computes the two sums of each of n rows; see sparseQry.run.")
			b := &sparseBody{wide512: set == "AVX512", op: op, lanes: 16}
			if set == "AVX2" {
				b.lanes = 8
			}
			b.write()
		}
	}
}

// sparseBody goes through a row's positions a vector at a time, gathers the query's values there, and adds up in float64, in two
// accumulators a sum: the vector's lower and upper half. Positions are cut off at `last`, so that a damaged row reads nothing outside
// the query.
type sparseBody struct {
	wide512   bool
	op        string
	lanes     int
	dense     reg.GPVirtual
	last      reg.VecVirtual
	signClear reg.VecVirtual
	acc       [4]reg.VecVirtual // first sum's halves, then the second's
	ones      reg.Register      // mask of all lanes
}

func (b *sparseBody) vec() reg.VecVirtual {
	if b.wide512 {
		return ZMM()
	}
	return YMM()
}

// Offsets in a sparseRow, and its size.
const (
	rowIndices = 0
	rowValues  = 8
	rowCount   = 16
	rowSize    = 24
)

func (b *sparseBody) write() {
	b.dense = Load(Param("dense"), GP64()).(reg.GPVirtual)
	rows := Load(Param("rows"), GP64()).(reg.GPVirtual)
	out := Load(Param("out"), GP64()).(reg.GPVirtual)
	left := Load(Param("n"), GP64()).(reg.GPVirtual)
	b.prologue()
	indices, values, nextIndices, nextValues := GP64(), GP64(), GP64(), GP64()
	off, whole, rest := GP64(), GP64(), GP64()
	Label("row")
	TESTQ(left, left)
	JZ(LabelRef("done"))
	MOVQ(Mem{Base: rows, Disp: rowIndices}, indices)
	MOVQ(Mem{Base: rows, Disp: rowValues}, values)
	MOVQ(Mem{Base: rows, Disp: rowCount}, whole)
	// The lines of the next row are asked for alongside this one's blocks; behind the last row, this one's again.
	MOVQ(indices, nextIndices)
	MOVQ(values, nextValues)
	CMPQ(left, Imm(1))
	JE(LabelRef("ready"))
	MOVQ(Mem{Base: rows, Disp: rowSize + rowIndices}, nextIndices)
	MOVQ(Mem{Base: rows, Disp: rowSize + rowValues}, nextValues)
	Label("ready")
	MOVQ(whole, rest)
	ANDQ(U32(uint32(b.lanes-1)), rest)
	ANDQ(I32(-b.lanes), whole)
	SHLQ(Imm(2), whole)
	for _, a := range b.acc {
		VXORPD(a.AsX(), a.AsX(), a.AsX()) // clears the whole register
	}
	XORQ(off, off)
	Label("block")
	CMPQ(off, whole)
	JGE(LabelRef("tail"))
	PREFETCHT0(Mem{Base: nextIndices, Index: off, Scale: 1})
	PREFETCHT0(Mem{Base: nextValues, Index: off, Scale: 1})
	b.block(Mem{Base: indices, Index: off, Scale: 1}, Mem{Base: values, Index: off, Scale: 1}, b.ones, false)
	ADDQ(U32(uint32(4*b.lanes)), off)
	JMP(LabelRef("block"))
	Label("tail")
	TESTQ(rest, rest)
	JZ(LabelRef("sum"))
	b.block(Mem{Base: indices, Index: off, Scale: 1}, Mem{Base: values, Index: off, Scale: 1}, b.mask(rest), true)
	Label("sum")
	b.store(out)
	ADDQ(U32(rowSize), rows)
	ADDQ(Imm(16), out)
	DECQ(left)
	JMP(LabelRef("row"))
	Label("done")
	VZEROUPPER()
	RET()
}

func (b *sparseBody) prologue() {
	last := GP64()
	Load(Param("last"), last)
	b.last = b.vec()
	x := XMM()
	VMOVD(last.As32(), x)
	VPBROADCASTD(x, b.last)
	if b.wide512 {
		k := K()
		all := GP64()
		MOVQ(U32(0xffff), all)
		KMOVW(all.As32(), k)
		b.ones = k
	} else {
		m := YMM()
		VPCMPEQD(m, m, m)
		b.ones = m
	}
	if b.op == "L1" {
		b.signClear = b.vec()
		if b.wide512 {
			VPTERNLOGD(Imm(0xff), b.signClear, b.signClear, b.signClear)
		} else {
			VPCMPEQD(b.signClear, b.signClear, b.signClear)
		}
		VPSRLD(Imm(1), b.signClear, b.signClear)
	}
	for i := range b.acc {
		b.acc[i] = b.vec()
	}
}

// mask is the mask of the first rest lanes.
func (b *sparseBody) mask(rest reg.GPVirtual) reg.Register {
	if b.wide512 {
		one := GP64()
		MOVQ(U32(1), one)
		SHLXQ(rest, one, one)
		DECQ(one)
		k := K()
		KMOVW(one.As32(), k)
		return k
	}
	addr := GP64()
	LEAQ(tailTable(), addr)
	NEGQ(rest)
	m := YMM()
	VMOVDQU(Mem{Base: addr, Index: rest, Scale: 4, Disp: 32}, m)
	return m
}

// block adds one vector of positions and values. Lanes outside the mask read as zeros, which add nothing.
func (b *sparseBody) block(indices, values Mem, mask reg.Register, masked bool) {
	at, v, q := b.vec(), b.vec(), b.vec()
	switch {
	case !masked:
		VPMINUD(indices, b.last, at)
		VMOVUPS(values, v)
	case b.wide512:
		VMOVDQU32_Z(indices, mask, at)
		VPMINUD(b.last, at, at)
		VMOVUPS_Z(values, mask, v)
	default:
		VPMASKMOVD(indices, mask, at)
		VPMINUD(b.last, at, at)
		VMASKMOVPS(values, mask, v)
	}
	VXORPS(q.AsX(), q.AsX(), q.AsX())
	// A gather uses its mask up.
	if b.wide512 {
		k := K()
		KMOVW(mask, k)
		VGATHERDPS(Mem{Base: b.dense, Index: at, Scale: 4}, k, q)
	} else {
		m := YMM()
		VMOVDQA(mask, m)
		VGATHERDPS(m, Mem{Base: b.dense, Index: at, Scale: 4}, q)
	}
	switch b.op {
	case "L2":
		VSUBPS(v, q, v)
		b.addProducts(v, v, 0)
		b.addProducts(q, q, 2)
	case "L1":
		VSUBPS(v, q, v)
		b.addAbsolute(v, 0)
		b.addAbsolute(q, 2)
	case "Dot":
		b.addProducts(q, v, 0)
	case "DotNorm":
		b.addProducts(q, v, 0)
		b.addProducts(v, v, 2)
	}
}

// widen gives the halves of a vector of float32 as float64.
func (b *sparseBody) widen(v reg.VecVirtual) (low, high reg.VecVirtual) {
	low, high = b.vec(), b.vec()
	if b.wide512 {
		VCVTPS2PD(v.AsY(), low)
		y := YMM()
		VEXTRACTF64X4(Imm(1), v, y)
		VCVTPS2PD(y, high)
		return low, high
	}
	VCVTPS2PD(v.AsX(), low)
	x := XMM()
	VEXTRACTF128(Imm(1), v, x)
	VCVTPS2PD(x, high)
	return low, high
}

func (b *sparseBody) addProducts(x, y reg.VecVirtual, sum int) {
	xl, xh := b.widen(x)
	yl, yh := xl, xh
	if x != y {
		yl, yh = b.widen(y)
	}
	VFMADD231PD(xl, yl, b.acc[sum])
	VFMADD231PD(xh, yh, b.acc[sum+1])
}

func (b *sparseBody) addAbsolute(x reg.VecVirtual, sum int) {
	if b.wide512 {
		VPANDD(b.signClear, x, x)
	} else {
		VANDPS(b.signClear, x, x)
	}
	low, high := b.widen(x)
	VADDPD(low, b.acc[sum], b.acc[sum])
	VADDPD(high, b.acc[sum+1], b.acc[sum+1])
}

// store adds up the lanes of both sums.
func (b *sparseBody) store(out reg.GPVirtual) {
	for i := range 2 {
		a := b.acc[2*i]
		VADDPD(b.acc[2*i+1], a, a)
		if b.wide512 {
			y := YMM()
			VEXTRACTF64X4(Imm(1), a, y)
			VADDPD(y, a.AsY(), a.AsY())
		}
		x := XMM()
		VEXTRACTF128(Imm(1), a.AsY(), x)
		VADDPD(x, a.AsX(), a.AsX())
		VHADDPD(a.AsX(), a.AsX(), a.AsX())
		VMOVSD(a.AsX(), Mem{Base: out, Disp: 8 * i})
	}
}
