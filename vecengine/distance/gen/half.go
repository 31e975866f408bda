package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// halfKernels writes the float kernels over rows of halves, and the conversions of many values at once.
func halfKernels() {
	eachFloatKernel(halfKernel)
	convertKernel("encodeHalvesF16C", "func(v *float32, n int, out *byte)", "v", 4, 2)
	convertKernel("decodeHalvesF16C", "func(b *byte, n int, out *float32)", "b", 2, 4)
}

func halfKernel(set, op string, gather bool) {
	upper := map[string]string{"l2": "L2", "dot": "Dot", "l1": "L1", "dotNorm": "DotNorm"}[op]
	name, args := "half"+upper+"Contiguous"+set, "func(q *float32, base *byte, dim, n int, out *float32)"
	if gather {
		name, args = "half"+upper+"Gather"+set, "func(q *float32, base *byte, dim int, ids *uint32, n int, out *float32)"
	}
	TEXT(name, NOSPLIT, args)
	Pragma("noescape")
	Doc(name + " computes " + op + " of q and n rows of dim halves at base.")
	newFloatBody(set, op, 2).write(gather)
}

// loadHalves loads a block of a row and widens it.
func (b *floatBody) loadHalves(row reg.Register, disp int, dst reg.VecVirtual, masked bool) {
	at := b.at(row, disp)
	switch {
	case !masked:
		VCVTPH2PS(at, dst)
	case b.wide512:
		y := YMM()
		VMOVDQU16_Z(at, b.tailMask, y)
		VCVTPH2PS(y, dst)
	default:
		// AVX2 masks no words: pairs of them under a mask, then the odd one, which is the row's last.
		pairs, odd := XMM(), XMM()
		VPMASKMOVD(at, b.halfMasks[0], pairs)
		dim := GP64()
		Load(Param("dim"), dim)
		VPBROADCASTW(Mem{Base: row, Index: dim, Scale: 2, Disp: -2}, odd)
		VPAND(b.halfMasks[1], odd, odd)
		VPOR(odd, pairs, pairs)
		VCVTPH2PS(pairs, dst)
	}
}

// halfTail makes the masks of the last `rest` halves for AVX2: of whole pairs, and of the word behind them if rest is odd.
func (b *floatBody) halfTail(table, rest reg.GPVirtual) {
	b.halfMasks = [2]reg.VecVirtual{XMM(), XMM()}
	at := GP64()
	MOVQ(rest, at)
	SHRQ(Imm(1), at)
	NEGQ(at)
	VMOVDQU(Mem{Base: table, Index: at, Scale: 4, Disp: 32}, b.halfMasks[0])
	// 8 words from a table of 8 zeros, one of ones and 15 zeros: from 9-rest on the ones come as word rest-1; from 9 on not at all.
	words, none := GP64(), GP64()
	LEAQ(oneWordTable(), words)
	MOVQ(U32(9), at)
	MOVQ(at, none)
	SUBQ(rest, at)
	TESTQ(U32(1), rest)
	CMOVQEQ(none, at)
	VMOVDQU(Mem{Base: words, Index: at, Scale: 2}, b.halfMasks[1])
}

var oneWordTableMade *Mem

func oneWordTable() Mem {
	if oneWordTableMade == nil {
		m := GLOBL("oneWord", RODATA|NOPTR)
		for i := range 24 {
			v := uint16(0)
			if i == 8 {
				v = 0xffff
			}
			DATA(2*i, U16(v))
		}
		oneWordTableMade = &m
	}
	return *oneWordTableMade
}

// convertKernel converts n values, a multiple of 8.
func convertKernel(name, args, from string, fromSize, toSize int) {
	TEXT(name, NOSPLIT, args)
	Pragma("noescape")
	Doc(name + " converts n values, a multiple of 8.")
	src := Load(Param(from), GP64()).(reg.GPVirtual)
	dst := Load(Param("out"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	Label("block")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	y := YMM()
	if toSize == 2 {
		VMOVUPS(Mem{Base: src}, y)
		VCVTPS2PH(Imm(0), y, Mem{Base: dst}) // to nearest, ties to even
	} else {
		VCVTPH2PS(Mem{Base: src}, y)
		VMOVUPS(y, Mem{Base: dst})
	}
	ADDQ(Imm(uint64(8*fromSize)), src)
	ADDQ(Imm(uint64(8*toSize)), dst)
	SUBQ(Imm(8), n)
	JMP(LabelRef("block"))
	Label("done")
	VZEROUPPER()
	RET()
}
