package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// bitKernels writes hamming, the bits that differ, and sets, the bits in common and in either, for both instruction sets and both forms.
func bitKernels() {
	for _, set := range []string{"AVX512", "AVX2"} {
		for _, op := range []string{"hamming", "sets"} {
			for _, gather := range []bool{true, false} {
				bitKernel(set, op, gather)
			}
		}
	}
}

func bitKernel(set, op string, gather bool) {
	name, args := op+"Contiguous"+set, "func(q, base *byte, words, n int, out *uint32)"
	if gather {
		name, args = op+"Gather"+set, "func(q, base *byte, words int, ids *uint32, n int, out *uint32)"
	}
	TEXT(name, NOSPLIT, args)
	Pragma("noescape")
	Doc(name + " counts bits of q and n rows of so many 64-bit words at base.")
	frame(gather, func(dst reg.GPVirtual) {
		Load(Param("words"), dst)
		SHLQ(Imm(3), dst)
	}, &bitBody{wide512: set == "AVX512", sets: op == "sets"})
}

// bitBody counts in 64-bit lanes: with AVX-512 by an instruction; AVX2 looks nibbles up in a table and adds eight bytes at a time. The
// last words are loaded under a mask.
type bitBody struct {
	wide512  bool
	sets     bool
	query    reg.GPVirtual
	whole    reg.GPVirtual // bytes in whole blocks
	off      reg.GPVirtual
	tailMask reg.Register
	nibbles  reg.VecVirtual // AVX2: bits of each nibble
	low      reg.VecVirtual // AVX2: 0x0f in each byte
	zero     reg.VecVirtual
}

func (b *bitBody) resultBytes() int {
	if b.sets {
		return 8
	}
	return 4
}

func (b *bitBody) vec() reg.VecVirtual {
	if b.wide512 {
		return ZMM()
	}
	return YMM()
}

// blockBytes is what one step counts.
func (b *bitBody) blockBytes() int {
	if b.wide512 {
		return 64
	}
	return 32
}

func (b *bitBody) prologue() {
	b.query = Load(Param("q"), GP64()).(reg.GPVirtual)
	b.whole, b.off = GP64(), GP64()
	Load(Param("words"), b.whole)
	rest := GP64()
	MOVQ(b.whole, rest)
	ANDQ(U32(uint32(b.blockBytes()/8-1)), rest)
	if b.wide512 {
		one := GP64()
		MOVQ(U32(1), one)
		SHLXQ(rest, one, one)
		DECQ(one)
		k := K()
		KMOVW(one.As32(), k)
		b.tailMask = k
	} else {
		addr := GP64()
		LEAQ(tailTable(), addr)
		NEGQ(rest)
		m := YMM()
		VMOVDQU(Mem{Base: addr, Index: rest, Scale: 8, Disp: 32}, m)
		b.tailMask = m
		b.tables()
	}
	ANDQ(I32(-b.blockBytes()/8), b.whole)
	SHLQ(Imm(3), b.whole)
}

// tables sets what AVX2 counts by.
func (b *bitBody) tables() {
	b.nibbles, b.low, b.zero = YMM(), YMM(), YMM()
	addr := GP64()
	LEAQ(nibbleTable(), addr)
	VBROADCASTI128(Mem{Base: addr}, b.nibbles)
	x := XMM()
	bits := GP32()
	MOVL(U32(0x0f0f0f0f), bits)
	VMOVD(bits, x)
	VPBROADCASTD(x, b.low)
	VPXOR(b.zero, b.zero, b.zero)
}

func nibbleTable() Mem {
	if nibbleTableMade == nil {
		m := GLOBL("nibbleBits", RODATA|NOPTR)
		for i := range 16 {
			DATA(i, U8(uint8(i&1+i>>1&1+i>>2&1+i>>3)))
		}
		nibbleTableMade = &m
	}
	return *nibbleTableMade
}

var nibbleTableMade *Mem

func (b *bitBody) rows(tag string, row, prefetch []reg.GPVirtual, out reg.GPVirtual) {
	perRow := b.resultBytes() / 4
	acc := make([]reg.VecVirtual, len(row)*perRow)
	for i := range acc {
		acc[i] = b.vec()
		if b.wide512 {
			VPXORD(acc[i], acc[i], acc[i])
		} else {
			VPXOR(acc[i], acc[i], acc[i])
		}
	}
	XORQ(b.off, b.off)
	Label(label(tag, "block"))
	CMPQ(b.off, b.whole)
	JGE(LabelRef(label(tag, "tail")))
	b.block(row, prefetch, acc, false)
	ADDQ(U32(uint32(b.blockBytes())), b.off)
	JMP(LabelRef(label(tag, "block")))
	Label(label(tag, "tail"))
	rest := GP64()
	Load(Param("words"), rest)
	TESTQ(U32(uint32(b.blockBytes()/8-1)), rest)
	JZ(LabelRef(label(tag, "sum")))
	b.block(row, prefetch, acc, true)
	Label(label(tag, "sum"))
	b.store(acc, out)
}

func (b *bitBody) block(row, prefetch []reg.GPVirtual, acc []reg.VecVirtual, masked bool) {
	q := b.vec()
	b.load(b.query, q, masked)
	for i, r := range row {
		if prefetch != nil {
			PREFETCHT0(Mem{Base: prefetch[i], Index: b.off, Scale: 1})
		}
		v := b.vec()
		b.load(r, v, masked)
		if !b.sets {
			b.logic("xor", q, v, v)
			b.count(v, acc[i])
			continue
		}
		both := b.vec()
		b.logic("and", q, v, both)
		b.count(both, acc[2*i])
		b.logic("or", q, v, v)
		b.count(v, acc[2*i+1])
	}
}

func (b *bitBody) load(row reg.Register, dst reg.VecVirtual, masked bool) {
	at := Mem{Base: row, Index: b.off, Scale: 1}
	switch {
	case b.wide512 && masked:
		VMOVDQU64_Z(at, b.tailMask, dst)
	case b.wide512:
		VMOVDQU64(at, dst)
	case masked:
		VPMASKMOVQ(at, b.tailMask, dst)
	default:
		VMOVDQU(at, dst)
	}
}

func (b *bitBody) logic(op string, x, y, dst Op) {
	plain := map[string]func(a, b, dst Op){"xor": VPXOR, "and": VPAND, "or": VPOR}
	wide := map[string]func(...Op){"xor": VPXORQ, "and": VPANDQ, "or": VPORQ}
	if b.wide512 {
		wide[op](x, y, dst)
	} else {
		plain[op](x, y, dst)
	}
}

// count adds the bits of v to acc and destroys v.
func (b *bitBody) count(v, acc reg.VecVirtual) {
	if b.wide512 {
		VPOPCNTQ(v, v)
		VPADDQ(v, acc, acc)
		return
	}
	b.bytes(v)
	VPSADBW(b.zero, v, v)
	VPADDQ(v, acc, acc)
}

// bytes turns each byte of v into the number of its bits, without the instruction for it.
func (b *bitBody) bytes(v reg.VecVirtual) {
	high := YMM()
	VPSRLW(Imm(4), v, high)
	VPAND(b.low, high, high)
	VPAND(b.low, v, v)
	VPSHUFB(v, b.nibbles, v)
	VPSHUFB(high, b.nibbles, high)
	VPADDB(high, v, v)
}

// store adds up each accumulator's lanes, of which no sum needs more than 32 bits, and stores the sums one after another.
func (b *bitBody) store(acc []reg.VecVirtual, out reg.GPVirtual) {
	sums := foldInts(acc, b.wide512)
	at := 0
	for ; len(sums) >= 4; sums = sums[4:] {
		VPHADDD(sums[1], sums[0], sums[0])
		VPHADDD(sums[3], sums[2], sums[2])
		VPHADDD(sums[2], sums[0], sums[0])
		VMOVDQU(sums[0], Mem{Base: out, Disp: at})
		at += 16
	}
	for _, s := range sums {
		VPHADDD(s, s, s)
		VPHADDD(s, s, s)
		VMOVD(s, Mem{Base: out, Disp: at})
		at += 4
	}
}
