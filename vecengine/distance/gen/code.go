package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// codeKernels writes the encoder, and the product of signed query bytes and unsigned row bytes, for AVX-512 with VNNI and
// for AVX2, in both forms.
func codeKernels() {
	encodeKernel()
	for _, set := range []string{"VNNI", "AVX2"} {
		for _, gather := range []bool{true, false} {
			name, args := "codeContiguous"+set, "func(q *int8, base *byte, stride, n int, out *int32)"
			if gather {
				name, args = "codeGather"+set, "func(q *int8, base *byte, stride int, ids *uint32, n int, out *int32)"
			}
			TEXT(name, NOSPLIT, args)
			Pragma("noescape")
			Doc(name + " multiplies q and n rows of stride bytes at base; stride is a positive multiple of 64.")
			frame(gather, func(dst reg.GPVirtual) { Load(Param("stride"), dst) }, &codeBody{vnni: set == "VNNI"})
		}
	}
}

// encodeKernel rounds (v - offset) · inv to signed bytes, saturating, and finds the least and the greatest value
// before rounding.
func encodeKernel() {
	TEXT("encodeAVX512", NOSPLIT, "func(v, offset *float32, inv float32, n int, codes *int8, low, high *float32)")
	Pragma("noescape")
	Doc("encodeAVX512 codes n floats; see Encode.")
	v := Load(Param("v"), GP64()).(reg.GPVirtual)
	offset := Load(Param("offset"), GP64()).(reg.GPVirtual)
	codes := Load(Param("codes"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	inv, low, high, x, o := ZMM(), ZMM(), ZMM(), ZMM(), ZMM()
	at, err := Param("inv").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(at.Addr, inv)
	most, bits := ZMM(), GP32()
	MOVL(U32(math.Float32bits(127)), bits)
	VPBROADCASTD(bits, most)
	VPXORD(low, low, low)
	VPXORD(high, high, high)
	mask := K()
	all := GP64()
	MOVQ(U32(0xffff), all)
	KMOVW(all.As32(), mask)
	Label("block")
	CMPQ(n, Imm(16))
	JGE(LabelRef("whole"))
	TESTQ(n, n)
	JZ(LabelRef("done"))
	// The last n lanes: the others read as zero, which moves neither bound.
	one := GP64()
	MOVQ(U32(1), one)
	SHLXQ(n, one, one)
	DECQ(one)
	KMOVW(one.As32(), mask)
	MOVQ(U32(16), n)
	Label("whole")
	VMOVUPS_Z(Mem{Base: v}, mask, x)
	VMOVUPS_Z(Mem{Base: offset}, mask, o)
	VSUBPS(o, x, x)
	VMULPS(inv, x, x)
	// Of a NaN and another both instructions give the operand that is named first here.
	VMINPS(low, x, low)
	VMAXPS(high, x, high)
	VMINPS(x, most, x) // the conversion turns what is past int32 into its least value, as it does NaN
	VCVTPS2DQ(x, x)
	VPMOVSDB(x, mask, Mem{Base: codes})
	ADDQ(Imm(64), v)
	ADDQ(Imm(64), offset)
	ADDQ(Imm(16), codes)
	SUBQ(Imm(16), n)
	JMP(LabelRef("block"))
	Label("done")
	bound := func(r reg.VecVirtual, combine func(a, b, dst Op), to string) {
		y := YMM()
		VEXTRACTF64X4(Imm(1), r, y)
		combine(y, r.AsY(), r.AsY())
		h := XMM()
		VEXTRACTF128(Imm(1), r.AsY(), h)
		combine(h, r.AsX(), r.AsX())
		VPSHUFD(Imm(0x4e), r.AsX(), h)
		combine(h, r.AsX(), r.AsX())
		VPSHUFD(Imm(0xb1), r.AsX(), h)
		combine(h, r.AsX(), r.AsX())
		dst := Load(Param(to), GP64()).(reg.GPVirtual)
		VMOVSS(r.AsX(), Mem{Base: dst})
	}
	bound(low, func(a, b, dst Op) { VMINPS(a, b, dst) }, "low")
	bound(high, func(a, b, dst Op) { VMAXPS(a, b, dst) }, "high")
	VZEROUPPER()
	RET()
}

// codeBody accumulates 64 columns at a time into int32 lanes. With VNNI one instruction multiplies and
// adds groups of four bytes exactly; AVX2 widens both sides to 16 bits first, because its byte
// multiply-add would saturate.
type codeBody struct {
	vnni   bool
	query  reg.GPVirtual
	stride reg.GPVirtual
	off    reg.GPVirtual
}

func (b *codeBody) resultBytes() int { return 4 }

func (b *codeBody) prologue() {
	b.query = Load(Param("q"), GP64()).(reg.GPVirtual)
	b.stride = Load(Param("stride"), GP64()).(reg.GPVirtual)
	b.off = GP64()
}

func (b *codeBody) rows(tag string, row, prefetch []reg.GPVirtual, out reg.GPVirtual) {
	acc := make([]reg.VecVirtual, len(row))
	for i := range acc {
		if b.vnni {
			acc[i] = ZMM()
			VPXORD(acc[i], acc[i], acc[i])
		} else {
			acc[i] = YMM()
			VPXOR(acc[i], acc[i], acc[i])
		}
	}
	XORQ(b.off, b.off)
	Label(label(tag, "block"))
	if b.vnni {
		b.blockVNNI(row, prefetch, acc)
	} else {
		b.blockAVX2(row, prefetch, acc)
	}
	ADDQ(Imm(64), b.off)
	CMPQ(b.off, b.stride)
	JL(LabelRef(label(tag, "block")))
	b.store(acc, out)
}

func (b *codeBody) blockVNNI(row, prefetch []reg.GPVirtual, acc []reg.VecVirtual) {
	q := ZMM()
	VMOVDQU64(Mem{Base: b.query, Index: b.off, Scale: 1}, q)
	for i, r := range row {
		v := ZMM()
		VMOVDQU64(Mem{Base: r, Index: b.off, Scale: 1}, v)
		if prefetch != nil {
			PREFETCHT0(Mem{Base: prefetch[i], Index: b.off, Scale: 1})
		}
		VPDPBUSD(q, v, acc[i])
	}
}

func (b *codeBody) blockAVX2(row, prefetch []reg.GPVirtual, acc []reg.VecVirtual) {
	for disp := 0; disp < 64; disp += 16 {
		q := YMM()
		VPMOVSXBW(Mem{Base: b.query, Index: b.off, Scale: 1, Disp: disp}, q)
		for i, r := range row {
			v := YMM()
			VPMOVZXBW(Mem{Base: r, Index: b.off, Scale: 1, Disp: disp}, v)
			if prefetch != nil && disp == 0 {
				PREFETCHT0(Mem{Base: prefetch[i], Index: b.off, Scale: 1})
			}
			VPMADDWD(q, v, v)
			VPADDD(v, acc[i], acc[i])
		}
	}
}

func (b *codeBody) store(acc []reg.VecVirtual, out reg.GPVirtual) {
	sums := foldInts(acc, b.vnni)
	if len(sums) == wide {
		VPHADDD(sums[1], sums[0], sums[0])
		VPHADDD(sums[3], sums[2], sums[2])
		VPHADDD(sums[2], sums[0], sums[0])
		VMOVDQU(sums[0], Mem{Base: out})
		return
	}
	VPHADDD(sums[0], sums[0], sums[0])
	VPHADDD(sums[0], sums[0], sums[0])
	VMOVD(sums[0], Mem{Base: out})
}

// foldInts halves registers of 32-bit sums until four partial sums are left in each, in place; see floatBody.fold.
func foldInts(acc []reg.VecVirtual, wide512 bool) []reg.Register {
	sums := make([]reg.Register, len(acc))
	for i, a := range acc {
		if wide512 {
			y := YMM()
			VEXTRACTI64X4(Imm(1), a, y)
			VPADDD(y, a.AsY(), a.AsY())
		}
		x := XMM()
		VEXTRACTI128(Imm(1), a.AsY(), x)
		VPADDD(x, a.AsX(), a.AsX())
		sums[i] = a.AsX()
	}
	return sums
}
