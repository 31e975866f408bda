// Command gen writes the amd64 kernels of package ranges with avo; see `go generate` there.
//
// A kernel takes 64 values at a time and makes a word of them: v lies within [lo, lo+width] when v-lo, taken as unsigned, is no larger than width.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	for _, bits := range []int{16, 32, 64} {
		kernel(bits, "AVX512", wideWord)
		kernel(bits, "AVX2", halfWord)
	}
	Generate()
}

// kernel writes the loop over words. word leaves the bits of the 64 values at vals in a general register.
func kernel(bits int, set string, word func(bits int, vals reg.Register, lo, width reg.VecVirtual) reg.GPVirtual) {
	TEXT(fmt.Sprintf("keep%d%s", bits, set), NOSPLIT, fmt.Sprintf("func(vals *int%d, n int, lo, width int%d, words *uint64)", bits, bits))
	Pragma("noescape")
	Doc(fmt.Sprintf("keep%d%s keeps those bits of n words whose values lie within [lo, lo+width].", bits, set))
	vals := Load(Param("vals"), GP64())
	n := Load(Param("n"), GP64())
	words := Load(Param("words"), GP64()).(reg.GPVirtual)
	spread := func(name string) reg.VecVirtual {
		x, one := vector(set), XMM()
		at, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		switch bits {
		case 16:
			t := GP32()
			MOVWLZX(at.Addr, t)
			VMOVD(t, one)
			VPBROADCASTW(one, x)
		case 32:
			t := GP32()
			MOVL(at.Addr, t)
			VMOVD(t, one)
			VPBROADCASTD(one, x)
		default:
			VPBROADCASTQ(at.Addr, x)
		}
		return x
	}
	lo, width := spread("lo"), spread("width")
	Label("word")
	m := word(bits, vals, lo, width)
	ANDQ(m, Mem{Base: words})
	ADDQ(I32(int32(8*bits)), vals)
	ADDQ(Imm(8), words)
	DECQ(n)
	JNZ(LabelRef("word"))
	VZEROUPPER()
	RET()
}

func vector(set string) reg.VecVirtual {
	if set == "AVX512" {
		return ZMM()
	}
	return YMM()
}

// wideWord compares into mask registers and joins those.
func wideWord(bits int, vals reg.Register, lo, width reg.VecVirtual) reg.GPVirtual {
	out := GP64()
	KMOVQ(wideMask(bits, vals, lo, width, 0, 64), out)
	return out
}

// wideMask is the mask of `count` values from value `from` on.
func wideMask(bits int, vals reg.Register, lo, width reg.VecVirtual, from, count int) reg.OpmaskVirtual {
	if count == 512/bits {
		return wideCompare(bits, Mem{Base: vals, Disp: from * bits / 8}, lo, width)
	}
	low := wideMask(bits, vals, lo, width, from, count/2)
	high := wideMask(bits, vals, lo, width, from+count/2, count/2)
	switch count {
	case 16:
		KUNPCKBW(low, high, high)
	case 32:
		KUNPCKWD(low, high, high)
	default:
		KUNPCKDQ(low, high, high)
	}
	return high
}

func wideCompare(bits int, at Mem, lo, width reg.VecVirtual) reg.OpmaskVirtual {
	const lessOrEqual = 2
	x, m := ZMM(), K()
	switch bits {
	case 16:
		VMOVDQU16(at, x)
		VPSUBW(lo, x, x)
		VPCMPUW(Imm(lessOrEqual), width, x, m)
	case 32:
		VMOVDQU32(at, x)
		VPSUBD(lo, x, x)
		VPCMPUD(Imm(lessOrEqual), width, x, m)
	default:
		VMOVDQU64(at, x)
		VPSUBQ(lo, x, x)
		VPCMPUQ(Imm(lessOrEqual), width, x, m)
	}
	return m
}

// halfWord compares into vectors of ones and zeros, and gathers their sign bits. AVX2 compares signed numbers alone: x <= width as unsigned is
// min(x, width) = x, and for 64 bits, which have no minimum, both sides have their signs turned.
func halfWord(bits int, vals reg.Register, lo, width reg.VecVirtual) reg.GPVirtual {
	out := GP64()
	XORQ(out, out)
	var sign, turned reg.VecVirtual
	if bits == 64 {
		sign, turned = YMM(), YMM()
		VPCMPEQD(sign, sign, sign)
		VPSLLQ(Imm(63), sign, sign)
		VPXOR(sign, width, turned)
	}
	step := 256 / bits
	if bits == 16 {
		step = 32
	}
	for from := 64 - step; from >= 0; from -= step {
		at := Mem{Base: vals, Disp: from * bits / 8}
		m := GP64()
		switch bits {
		case 16:
			first, second := halfCompare16(at, lo, width), halfCompare16(Mem{Base: vals, Disp: from*2 + 32}, lo, width)
			VPACKSSWB(second, first, first) // the halves of both in turn
			VPERMQ(Imm(0xd8), first, first)
			VPMOVMSKB(first, m.As32())
		case 32:
			x, least := YMM(), YMM()
			VMOVDQU(at, x)
			VPSUBD(lo, x, x)
			VPMINUD(width, x, least)
			VPCMPEQD(x, least, x)
			VMOVMSKPS(x, m.As32())
		default:
			x := YMM()
			VMOVDQU(at, x)
			VPSUBQ(lo, x, x)
			VPXOR(sign, x, x)
			VPCMPGTQ(turned, x, x) // x > width
			VMOVMSKPD(x, m.As32())
			XORL(Imm(15), m.As32())
		}
		SHLQ(Imm(uint64(step)), out)
		ORQ(m, out)
	}
	return out
}

func halfCompare16(at Mem, lo, width reg.VecVirtual) reg.VecVirtual {
	x, least := YMM(), YMM()
	VMOVDQU(at, x)
	VPSUBW(lo, x, x)
	VPMINUW(width, x, least)
	VPCMPEQW(x, least, x)
	return x
}
