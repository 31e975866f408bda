package main

import (
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// wide is the number of rows that a group computes together.
const wide = 4

// body computes `rows` rows whose addresses are in row[0:rows]; prefetch holds as many addresses of rows to
// prefetch alongside, or nil. It leaves results stored at out and does not move out.
type body interface {
	// prologue runs once, after the arguments are loaded.
	prologue()
	// rows computes a group. label makes jump labels unique.
	rows(label string, row, prefetch []reg.GPVirtual, out reg.GPVirtual)
	// resultBytes is the size of one row's results.
	resultBytes() int
}

// ahead is a body that wants the next rows prefetched even where rows lie one after another: its sums take so long to add up that the processor's own
// prefetching falls behind. Past the last row the addresses are of nothing, which a prefetch does not mind.
type ahead interface{ ahead() bool }

// frame writes the loop over rows around a body. The kernel's arguments have these names: ids (gathering
// only), base, n, out; stride(dst) loads the distance between rows in bytes.
func frame(gather bool, stride func(dst reg.GPVirtual), b body) {
	ids := GP64()
	if gather {
		Load(Param("ids"), ids)
	}
	out := Load(Param("out"), GP64()).(reg.GPVirtual)
	left := Load(Param("n"), GP64()).(reg.GPVirtual)
	b.prologue()
	row := make([]reg.GPVirtual, wide)
	next := make([]reg.GPVirtual, wide)
	for i := range row {
		row[i], next[i] = GP64(), GP64()
	}
	if gather {
		gatherRows(ids, left, stride, row, next, out, b)
	} else {
		contiguousRows(left, stride, row, out, b)
	}
	VZEROUPPER()
	RET()
}

// rowAddress sets dst to the address of the row whose id is at ids[index].
func rowAddress(ids reg.GPVirtual, index int, stride func(reg.GPVirtual), dst reg.GPVirtual) {
	MOVL(Mem{Base: ids, Disp: 4 * index}, dst.As32())
	t := GP64()
	stride(t)
	IMULQ(t, dst)
	Load(Param("base"), t)
	ADDQ(t, dst)
}

func gatherRows(ids, left reg.GPVirtual, stride func(reg.GPVirtual), row, next []reg.GPVirtual, out reg.GPVirtual, b body) {
	CMPQ(left, Imm(wide))
	JL(LabelRef("single"))
	for i := range next {
		rowAddress(ids, i, stride, next[i])
	}
	Label("group")
	for i := range row {
		MOVQ(next[i], row[i])
	}
	ADDQ(Imm(4*wide), ids)
	SUBQ(Imm(wide), left)
	// The rows to prefetch: the next group if it is whole; else the single rows that are left, and
	// this group's own for the rest.
	for i := range next {
		CMPQ(left, Imm(uint64(i)))
		JLE(LabelRef("ready"))
		rowAddress(ids, i, stride, next[i])
	}
	Label("ready")
	b.rows("g", row, next, out)
	ADDQ(Imm(uint64(wide*b.resultBytes())), out)
	CMPQ(left, Imm(wide))
	JGE(LabelRef("group"))
	Label("single")
	TESTQ(left, left)
	JZ(LabelRef("done"))
	rowAddress(ids, 0, stride, row[0])
	b.rows("s", row[:1], nil, out)
	ADDQ(Imm(4), ids)
	ADDQ(Imm(uint64(b.resultBytes())), out)
	DECQ(left)
	JMP(LabelRef("single"))
	Label("done")
}

func contiguousRows(left reg.GPVirtual, stride func(reg.GPVirtual), row []reg.GPVirtual, out reg.GPVirtual, b body) {
	step := GP64()
	stride(step)
	Load(Param("base"), row[0])
	CMPQ(left, Imm(wide))
	JL(LabelRef("single"))
	Label("group")
	for i := 1; i < wide; i++ {
		MOVQ(row[i-1], row[i])
		ADDQ(step, row[i])
	}
	var next []reg.GPVirtual
	if p, ok := b.(ahead); ok && p.ahead() {
		at := row[wide-1]
		for range wide {
			next = append(next, GP64())
			MOVQ(at, next[len(next)-1])
			at = next[len(next)-1]
			ADDQ(step, at)
		}
	}
	b.rows("g", row, next, out)
	MOVQ(row[wide-1], row[0])
	ADDQ(step, row[0])
	ADDQ(Imm(uint64(wide*b.resultBytes())), out)
	SUBQ(Imm(wide), left)
	CMPQ(left, Imm(wide))
	JGE(LabelRef("group"))
	Label("single")
	TESTQ(left, left)
	JZ(LabelRef("done"))
	b.rows("s", row[:1], nil, out)
	ADDQ(step, row[0])
	ADDQ(Imm(uint64(b.resultBytes())), out)
	DECQ(left)
	JMP(LabelRef("single"))
	Label("done")
}

func label(parts ...any) string {
	s := ""
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			s += p
		case int:
			s += strconv.Itoa(p)
		}
	}
	return s
}
