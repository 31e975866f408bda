package main

import (
	"encoding/binary"
	"math/rand/v2"

	"vecgres/tests/internal/pgvector"
)

// kind is a kind of query: its condition in SQL, and the same in Go for the exact answer.
type kind struct {
	name  string
	where string
}

var kinds = []kind{
	{"no filter", ""},
	{"WHERE label = n", "WHERE label = $2"},
	{"WHERE pixel_sum BETWEEN a AND b", "WHERE pixel_sum BETWEEN $2 AND $3"},
}

// Places in kinds.
const (
	noFilter = iota
	byLabel
	bySum
)

// question is a test image as a query of a tenant, and the values of each kind's condition.
type question struct {
	*item
	tenant  int
	sumFrom int32
	sumTo   int32
}

// questions asks every test image of the tenant of its parity, each with its own label and a range of pixel sums that one row in a hundred is in.
func questions(d *dataset) []question {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]question, len(d.test))
	for i := range d.test {
		q := question{item: &d.test[i], tenant: owner(int64(i))}
		sums := d.tenants[q.tenant].sums
		width := len(sums) / 100
		at := rng.IntN(len(sums) - width)
		q.sumFrom, q.sumTo = sums[at], sums[at+width-1]
		out[i] = q
	}
	return out
}

// passes tells whether a row is in the answer of a kind.
func (q *question) passes(kind int, it *item) bool {
	switch kind {
	case byLabel:
		return it.label == q.label
	case bySum:
		return it.pixelSum >= q.sumFrom && it.pixelSum <= q.sumTo
	}
	return true
}

// parameters are the statement's, in binary.
func (q *question) parameters(kind int) [][]byte {
	out := [][]byte{pgvector.AppendBinary(nil, q.vector)}
	switch kind {
	case byLabel:
		out = append(out, int4(q.label))
	case bySum:
		out = append(out, int4(q.sumFrom), int4(q.sumTo))
	}
	return out
}

func int4(v int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
