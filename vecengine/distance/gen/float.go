package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// floatKernels writes l2, dot, l1 and dotNorm of float32 rows for both instruction sets and both forms.
func floatKernels() {
	eachFloatKernel(floatKernel)
	prefetchKernel()
}

func eachFloatKernel(kernel func(set, op string, gather bool)) {
	for _, set := range []string{"AVX512", "AVX2"} {
		for _, op := range []string{"l2", "dot", "l1", "dotNorm"} {
			for _, gather := range []bool{true, false} {
				kernel(set, op, gather)
			}
		}
	}
}

func floatKernel(set, op string, gather bool) {
	name, args := op+"Contiguous"+set, "func(q, base *float32, dim, n int, out *float32)"
	if gather {
		name, args = op+"Gather"+set, "func(q, base *float32, dim int, ids *uint32, n int, out *float32)"
	}
	TEXT(name, NOSPLIT, args)
	Pragma("noescape")
	Doc(name + " computes " + op + " of q and n rows of dim floats at base.")
	newFloatBody(set, op, 4).write(gather)
}

func newFloatBody(set, op string, size int) *floatBody {
	b := &floatBody{wide512: set == "AVX512", op: op, lanes: 16, size: size}
	if set == "AVX2" {
		b.lanes = 8
	}
	return b
}

func (b *floatBody) write(gather bool) {
	frame(gather, func(dst reg.GPVirtual) {
		Load(Param("dim"), dst)
		SHLQ(b.shift(), dst)
	}, b)
}

// floatBody accumulates blocks of `lanes` columns. Whole blocks go two at a time into two sets of
// accumulators, then one; the last dim%lanes columns are loaded under a mask, which reads as zeros and
// touches no byte past the row. Rows are floats, or halves that are widened as they are loaded (half.go); the
// query is floats either way.
type floatBody struct {
	wide512   bool
	op        string
	lanes     int
	size      int // bytes of a row's value: 4 or 2
	query     reg.GPVirtual
	whole     reg.GPVirtual // bytes of a row in whole blocks
	off       reg.GPVirtual // bytes into a row
	tailMask  reg.Register  // K register or YMM
	halfMasks [2]reg.VecVirtual
	signClear reg.VecVirtual
}

// shift is by how much a number of values is shifted to become a row's bytes.
func (b *floatBody) shift() Constant {
	if b.size == 2 {
		return Imm(1)
	}
	return Imm(2)
}

// at is where the column of a row lies that is disp bytes past off, and queryAt where it lies in the query.
func (b *floatBody) at(row reg.Register, disp int) Mem {
	return Mem{Base: row, Index: b.off, Scale: 1, Disp: disp}
}

func (b *floatBody) queryAt(disp int) Mem {
	wider := 4 / b.size
	return Mem{Base: b.query, Index: b.off, Scale: uint8(wider), Disp: disp * wider}
}

func (b *floatBody) resultBytes() int {
	if b.op == "dotNorm" {
		return 8
	}
	return 4
}

func (b *floatBody) vec() reg.VecVirtual {
	if b.wide512 {
		return ZMM()
	}
	return YMM()
}

func (b *floatBody) prologue() {
	b.query = Load(Param("q"), GP64()).(reg.GPVirtual)
	b.whole, b.off = GP64(), GP64()
	Load(Param("dim"), b.whole)
	rest := GP64()
	MOVQ(b.whole, rest)
	ANDQ(U32(uint32(b.lanes-1)), rest)
	if b.wide512 {
		// mask = 1<<rest - 1
		one := GP64()
		MOVQ(U32(1), one)
		SHLXQ(rest, one, one)
		DECQ(one)
		k := K()
		KMOVW(one.As32(), k)
		b.tailMask = k
	} else {
		// mask = 8 words from a table of 8 ones and 8 zeros, starting at word 8-rest
		table := tailTable()
		addr := GP64()
		LEAQ(table, addr)
		if b.size == 2 {
			b.halfTail(addr, rest)
		}
		NEGQ(rest)
		m := YMM()
		VMOVDQU(Mem{Base: addr, Index: rest, Scale: 4, Disp: 32}, m)
		b.tailMask = m
	}
	ANDQ(I32(-b.lanes), b.whole)
	SHLQ(b.shift(), b.whole)
	if b.op == "l1" {
		b.signClear = b.vec()
		if b.wide512 {
			VPTERNLOGD(Imm(0xff), b.signClear, b.signClear, b.signClear)
			VPSRLD(Imm(1), b.signClear, b.signClear)
		} else {
			VPCMPEQD(b.signClear, b.signClear, b.signClear)
			VPSRLD(Imm(1), b.signClear, b.signClear)
		}
	}
}

var tailTableMade *Mem

// tailTable is 8 words of ones, then 8 of zeros.
func tailTable() Mem {
	if tailTableMade == nil {
		m := GLOBL("tailMask", RODATA|NOPTR)
		for i := range 16 {
			v := uint32(0xffffffff)
			if i >= 8 {
				v = 0
			}
			DATA(4*i, U32(v))
		}
		tailTableMade = &m
	}
	return *tailTableMade
}

// sets is how many accumulators a row gets, so that enough additions are under way at once. It is the same
// for a group and for a single row: the sums are then added in the same order, and equal rows have equal
// distances to the last bit wherever they stand in a batch, which ties in a result rely on.
func (b *floatBody) sets() int {
	if b.op == "dotNorm" {
		return 1
	}
	return 2
}

// ahead is true of the body that has two sums a row.
func (b *floatBody) ahead() bool { return b.op == "dotNorm" && b.wide512 }

func (b *floatBody) rows(tag string, row, prefetch []reg.GPVirtual, out reg.GPVirtual) {
	n, sets := len(row), b.sets()
	perRow := 1
	if b.op == "dotNorm" {
		perRow = 2
	}
	// acc[set][row*perRow+kind]
	acc := make([][]reg.VecVirtual, sets)
	for s := range acc {
		for range n * perRow {
			a := b.vec()
			b.zero(a)
			acc[s] = append(acc[s], a)
		}
	}
	block := b.size * b.lanes
	end := GP64()
	XORQ(b.off, b.off)
	if sets > 1 || b.ahead() {
		const unroll = 2
		MOVQ(b.whole, end)
		ANDQ(I32(-unroll*block), end)
		Label(label(tag, "many"))
		CMPQ(b.off, end)
		JGE(LabelRef(label(tag, "one")))
		for s := range unroll {
			b.block(row, prefetch, acc[s%sets], s*block, false)
		}
		ADDQ(U32(uint32(unroll*block)), b.off)
		JMP(LabelRef(label(tag, "many")))
	}
	Label(label(tag, "one"))
	CMPQ(b.off, b.whole)
	JGE(LabelRef(label(tag, "tail")))
	b.block(row, prefetch, acc[0], 0, false)
	ADDQ(U32(uint32(block)), b.off)
	JMP(LabelRef(label(tag, "one")))
	Label(label(tag, "tail"))
	b.skipTail(label(tag, "sum"))
	b.block(row, prefetch, acc[0], 0, true)
	Label(label(tag, "sum"))
	for s := 1; s < sets; s++ {
		for i := range acc[s] {
			VADDPS(acc[s][i], acc[0][i], acc[0][i])
		}
	}
	b.store(acc[0], out)
}

func (b *floatBody) zero(a reg.VecVirtual) {
	if b.wide512 {
		VPXORD(a, a, a)
	} else {
		VXORPS(a, a, a)
	}
}

// skipTail jumps when no columns are left for the masked block.
func (b *floatBody) skipTail(to string) {
	t := GP64()
	Load(Param("dim"), t)
	TESTQ(U32(uint32(b.lanes-1)), t)
	JZ(LabelRef(to))
}

// block accumulates one block of columns at off+disp for all rows.
func (b *floatBody) block(row, prefetch []reg.GPVirtual, acc []reg.VecVirtual, disp int, masked bool) {
	q := b.vec()
	b.load(b.queryAt(disp), q, masked)
	for i, r := range row {
		if prefetch != nil && disp%64 == 0 {
			PREFETCHT0(b.at(prefetch[i], disp))
		}
		b.accumulate(r, disp, q, acc, i, masked)
	}
}

func (b *floatBody) accumulate(row reg.Register, disp int, q reg.VecVirtual, acc []reg.VecVirtual, i int, masked bool) {
	direct := !masked && b.size == 4
	switch b.op {
	case "dot":
		if direct {
			VFMADD231PS(b.at(row, disp), q, acc[i])
			return
		}
		v := b.vec()
		b.loadRow(row, disp, v, masked)
		VFMADD231PS(v, q, acc[i])
	case "dotNorm":
		v := b.vec()
		b.loadRow(row, disp, v, masked)
		VFMADD231PS(v, q, acc[2*i])
		VFMADD231PS(v, v, acc[2*i+1])
	default:
		d := b.vec()
		if direct {
			VSUBPS(b.at(row, disp), q, d)
		} else {
			b.loadRow(row, disp, d, masked)
			VSUBPS(d, q, d)
		}
		if b.op == "l2" {
			VFMADD231PS(d, d, acc[i])
			return
		}
		if b.wide512 {
			VPANDD(b.signClear, d, d)
		} else {
			VANDPS(b.signClear, d, d)
		}
		VADDPS(d, acc[i], acc[i])
	}
}

// loadRow loads a block of a row.
func (b *floatBody) loadRow(row reg.Register, disp int, dst reg.VecVirtual, masked bool) {
	if b.size == 2 {
		b.loadHalves(row, disp, dst, masked)
		return
	}
	b.load(b.at(row, disp), dst, masked)
}

func (b *floatBody) load(at Mem, dst reg.VecVirtual, masked bool) {
	switch {
	case !masked:
		VMOVUPS(at, dst)
	case b.wide512:
		VMOVUPS_Z(at, b.tailMask, dst)
	default:
		VMASKMOVPS(at, b.tailMask, dst)
	}
}

// store adds up each accumulator's lanes and stores the sums one after another.
func (b *floatBody) store(acc []reg.VecVirtual, out reg.GPVirtual) {
	sums := make([]reg.Register, len(acc)) // XMM of 4 partial sums each
	for i, a := range acc {
		sums[i] = b.fold(a)
	}
	for len(sums) >= 4 {
		four(sums[:4], func(dst reg.Register) { VMOVUPS(dst, Mem{Base: out, Disp: 4 * (len(acc) - len(sums))}) })
		sums = sums[4:]
	}
	for i, s := range sums {
		VHADDPS(s, s, s)
		VHADDPS(s, s, s)
		VMOVSS(s, Mem{Base: out, Disp: 4 * (len(acc) - len(sums) + i)})
	}
}

// fold halves a register until four partial sums are left, in place: VEX instructions reach registers 0 to
// 15 only, so no more of them may be alive than that.
func (b *floatBody) fold(a reg.VecVirtual) reg.Register {
	if b.wide512 {
		y := YMM()
		VEXTRACTF64X4(Imm(1), a, y)
		VADDPS(y, a.AsY(), a.AsY())
	}
	x := XMM()
	VEXTRACTF128(Imm(1), a.AsY(), x)
	VADDPS(x, a.AsX(), a.AsX())
	return a.AsX()
}

// four adds across four XMMs so that lane i of the result is the sum of register i.
func four(x []reg.Register, store func(reg.Register)) {
	VHADDPS(x[1], x[0], x[0])
	VHADDPS(x[3], x[2], x[2])
	VHADDPS(x[2], x[0], x[0])
	store(x[0])
}

// prefetchKernel asks for the first lines of many rows, before any of them is needed.
func prefetchKernel() {
	TEXT("prefetchRowsSSE", NOSPLIT, "func(base *byte, stride int, ids *uint32, n, lines int)")
	Pragma("noescape")
	Doc("prefetchRowsSSE prefetches the first lines of n rows of stride bytes at base.")
	base := Load(Param("base"), GP64())
	stride := Load(Param("stride"), GP64())
	ids := Load(Param("ids"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64())
	lines := Load(Param("lines"), GP64())
	row, line := GP64(), GP64()
	Label("row")
	MOVL(Mem{Base: ids}, row.As32())
	IMULQ(stride, row)
	ADDQ(base, row)
	MOVQ(lines, line)
	Label("line")
	PREFETCHT0(Mem{Base: row})
	ADDQ(Imm(64), row)
	DECQ(line)
	JNZ(LabelRef("line"))
	ADDQ(Imm(4), ids)
	DECQ(n)
	JNZ(LabelRef("row"))
	RET()
}
