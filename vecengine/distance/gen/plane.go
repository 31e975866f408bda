package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// planes is how many bits a query's coordinate has.
const planes = 4

// planeKernels writes the sum of a query of four-bit coordinates over the bits that rows have.
func planeKernels() {
	for _, set := range []string{"AVX512", "AVX2"} {
		name := "planeGather" + set
		TEXT(name, NOSPLIT, "func(planes, base *byte, blocks, stride int, ids *uint32, n int, out *uint32)")
		Pragma("noescape")
		Doc(name + " adds up the query's coordinates for the bits of n rows of stride bytes at base, of which so many blocks of 64 bytes count.")
		frame(true, func(dst reg.GPVirtual) { Load(Param("stride"), dst) }, &planeBody{bitBody: bitBody{wide512: set == "AVX512"}})
	}
}

// planeBody counts the bits that a row has in common with each plane, the highest first, doubling what it has before the next: bits of a
// coordinate count as much as they stand for. AVX2 does so in bytes, where 8·15 is not too much, and adds those up once.
type planeBody struct {
	bitBody
	end reg.GPVirtual
	at  reg.GPVirtual // into the planes
}

func (b *planeBody) prologue() {
	b.query = Load(Param("planes"), GP64()).(reg.GPVirtual)
	b.end, b.off, b.at = GP64(), GP64(), GP64()
	Load(Param("blocks"), b.end)
	SHLQ(Imm(6), b.end)
	if !b.wide512 {
		b.tables()
	}
}

func (b *planeBody) rows(tag string, row, prefetch []reg.GPVirtual, out reg.GPVirtual) {
	acc := make([]reg.VecVirtual, len(row))
	for i := range acc {
		acc[i] = b.vec()
		VPXOR(acc[i].AsX(), acc[i].AsX(), acc[i].AsX()) // clears the whole register
	}
	XORQ(b.off, b.off)
	XORQ(b.at, b.at)
	Label(label(tag, "block"))
	CMPQ(b.off, b.end)
	JGE(LabelRef(label(tag, "sum")))
	for disp := 0; disp < 64; disp += b.blockBytes() {
		for i, r := range row {
			if prefetch != nil && disp == 0 {
				PREFETCHT0(Mem{Base: prefetch[i], Index: b.off, Scale: 1})
			}
			b.addBlock(Mem{Base: r, Index: b.off, Scale: 1, Disp: disp}, disp, acc[i])
		}
	}
	ADDQ(Imm(64), b.off)
	ADDQ(U32(64*planes), b.at)
	JMP(LabelRef(label(tag, "block")))
	Label(label(tag, "sum"))
	b.store(acc, out)
}

func (b *planeBody) addBlock(at Mem, disp int, acc reg.VecVirtual) {
	v, sum := b.vec(), b.vec()
	if b.wide512 {
		VMOVDQU64(at, v)
	} else {
		VMOVDQU(at, v)
	}
	for p := planes - 1; p >= 0; p-- {
		plane := Mem{Base: b.query, Index: b.at, Scale: 1, Disp: 64*p + disp}
		first := p == planes-1
		both := b.vec()
		if first {
			both = sum
		}
		if b.wide512 {
			VPANDQ(plane, v, both)
			VPOPCNTQ(both, both)
			if !first {
				VPADDQ(sum, sum, sum)
				VPADDQ(both, sum, sum)
			}
			continue
		}
		VPAND(plane, v, both)
		b.bytes(both)
		if !first {
			VPADDB(sum, sum, sum)
			VPADDB(both, sum, sum)
		}
	}
	if !b.wide512 {
		VPSADBW(b.zero, sum, sum)
	}
	VPADDQ(sum, acc, acc)
}
