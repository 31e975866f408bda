package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/internal/pgvector"
)

// writer inserts rows of a set into items, one prepared INSERT of many rows a statement, each its own transaction. Ids go on from first; a set that
// has been used up comes again with a little noise, so that no vector comes twice.
type writer struct {
	*session
	set   *dataset.Set
	batch int
	next  int64
	rng   *rand.Rand
	rows  atomic.Int64 // inserted so far
	buf   []byte
	slow  time.Duration // the longest statement
}

func newWriter(ctx context.Context, s *server, set *dataset.Set, batch, first int) (*writer, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{session: c, set: set, batch: batch, next: int64(first), rng: rand.New(rand.NewPCG(5, 5))}
	var sql strings.Builder
	sql.WriteString("INSERT INTO items (id, v) VALUES ")
	for i := range batch {
		if i > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "($%d, $%d)", 2*i+1, 2*i+2)
	}
	if _, err := c.Prepare(ctx, "insert", sql.String(), nil); err != nil {
		c.close()
		return nil, err
	}
	return w, nil
}

// insert runs one statement.
func (w *writer) insert(ctx context.Context) error {
	parameters := make([][]byte, 0, 2*w.batch)
	w.buf = w.buf[:0]
	vector := make([]float32, w.set.Train.Dim)
	for range w.batch {
		at := len(w.buf)
		w.buf = binary.BigEndian.AppendUint64(w.buf, uint64(w.next))
		n := int64(w.set.Train.Len())
		copy(vector, w.set.Train.Row(uint32(w.next%n)))
		if w.next >= n {
			for i := range vector {
				vector[i] += 0.05 * (w.rng.Float32() - 0.5)
			}
		}
		w.buf = pgvector.AppendBinary(w.buf, vector)
		parameters = append(parameters, w.buf[at:at+8], w.buf[at+8:]) // good even if the buffer moves later
		w.next++
	}
	began := time.Now()
	if r := w.ExecPrepared(ctx, "insert", parameters, binaryFormat, nil).Read(); r.Err != nil {
		return r.Err
	}
	w.slow = max(w.slow, time.Since(began))
	w.rows.Add(int64(w.batch))
	return nil
}
