package catalog

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// sequenceBlock is how many values are made durable at once, as Postgres' SEQ_LOG_VALS: a crash may skip that many, never give one twice.
const sequenceBlock = 32

// counterState is a counter's durable state: Last is the newest value that may have been given, as Postgres' last_value with is_called.
type counterState struct {
	Last   int64
	Called bool
}

type counterKey struct {
	ns NamespaceID
	id uint64
}

// counterShape is what decides which values a block has.
type counterShape struct {
	increment, min, max int64
	cycle               bool
}

func shapeOf(q *Sequence) counterShape {
	return counterShape{q.Increment, q.Min, q.Max, q.Cycle}
}

// counter hands out a block of values that is durable already. It is not transactional: values given are never taken back.
type counter struct {
	users int // guarded by counters.mu

	mu    sync.Mutex
	state counterState // as the next caller sees it
	left  int          // values of the block not yet given
	shape counterShape // of the sequence when the block was taken
	// own says that the block was noted by the transaction that made the sequence, which may yet roll back to a savepoint; ahead is the note.
	own   bool
	ahead counterState
	known bool
}

// counters are the sequences in use. One process owns a data directory, so a block in memory is nobody else's. Past countersMax those that
// nobody is asking are forgotten at random: what was left of their blocks is skipped.
type counters struct {
	mu   sync.Mutex
	open map[counterKey]*counter
}

const countersMax = 1 << 14

// take gives a sequence's counter, locked; give takes it back.
func (c *counters) take(q *Sequence) *counter {
	key := counterKey{q.Namespace, q.Counter}
	c.mu.Lock()
	found := c.open[key]
	if found == nil {
		c.forget()
		found = &counter{}
		c.open[key] = found
	}
	found.users++
	c.mu.Unlock()
	found.mu.Lock()
	return found
}

func (c *counters) give(x *counter) {
	x.mu.Unlock()
	c.mu.Lock()
	x.users--
	c.mu.Unlock()
}

// forget makes room for one more counter. The caller holds the lock.
func (c *counters) forget() {
	for key, x := range c.open {
		if len(c.open) < countersMax {
			return
		}
		if x.users == 0 {
			delete(c.open, key)
		}
	}
}

// holds tells whether the rest of a counter's block may be given.
func (s *Snapshot) holds(c *counter, q *Sequence) (bool, error) {
	if c.left == 0 || c.shape != shapeOf(q) {
		return false, nil
	}
	if !c.own {
		return true, nil
	}
	noted, err := readCounter(s.tx, q)
	return noted == c.ahead, err
}

// autonomous runs fn on the counter's fact in a transaction of its own, or in the caller's when the sequence is not committed yet and so
// nobody else's: own tells which.
func (s *Snapshot) autonomous(ctx context.Context, q *Sequence, fn func(Tx) error) (own bool, err error) {
	err = s.cat.store.Autonomous(ctx, func(tx Tx) error {
		version, err := tx.Version(q.Namespace)
		if err != nil {
			return err
		}
		if version != 0 {
			_, ok, err := tx.Get(q.Namespace, oidKey('q', q.OID))
			if err != nil {
				return err
			}
			own = !ok
		} else {
			own = true
		}
		if own {
			return nil
		}
		return fn(tx)
	})
	if err == nil && own {
		err = fn(s.tx)
	}
	return own, err
}

func readCounter(tx Tx, q *Sequence) (counterState, error) {
	state := counterState{Last: q.Start}
	v, ok, err := tx.Get(q.Namespace, idKey('c', q.Counter))
	if err != nil || !ok {
		return state, err
	}
	return state, decode(v, &state)
}

func writeCounter(tx Tx, q *Sequence, state counterState) error {
	b, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return changed(tx.Put(q.Namespace, idKey('c', q.Counter), append([]byte{factVersion}, b...)))
}

// step is the value after state, or 2200H at the end of a sequence that does not cycle.
func step(q *Sequence, state counterState) (counterState, error) {
	if !state.Called {
		return counterState{state.Last, true}, nil
	}
	next := state.Last + q.Increment
	overflow := (q.Increment > 0) == (next < state.Last)
	switch {
	case q.Increment > 0 && (overflow || next > q.Max):
		if !q.Cycle {
			return state, pgerr.New(pgerrcode.SequenceGeneratorLimitExceeded, "nextval: reached maximum value of sequence %q (%d)", q.Name, q.Max)
		}
		next = q.Min
	case q.Increment < 0 && (overflow || next < q.Min):
		if !q.Cycle {
			return state, pgerr.New(pgerrcode.SequenceGeneratorLimitExceeded, "nextval: reached minimum value of sequence %q (%d)", q.Name, q.Min)
		}
		next = q.Max
	}
	return counterState{next, true}, nil
}

// NextValue gives the next value of a sequence. Not undone by a rollback.
func (s *Snapshot) NextValue(ctx context.Context, q *Sequence) (int64, error) {
	c := s.cat.counters.take(q)
	defer s.cat.counters.give(c)
	if ok, err := s.holds(c, q); err != nil {
		return 0, err
	} else if ok {
		next, err := step(q, c.state)
		if err != nil {
			return 0, err
		}
		c.state, c.left = next, c.left-1
		return next.Last, nil
	}
	var first, ahead counterState
	given := 0
	own, err := s.autonomous(ctx, q, func(tx Tx) error {
		state := c.state
		if !c.known {
			var err error
			if state, err = readCounter(tx, q); err != nil {
				return err
			}
		}
		next, err := step(q, state)
		if err != nil {
			return err
		}
		first, ahead, given = next, next, 1
		for given < sequenceBlock {
			more, err := step(q, ahead)
			if err != nil {
				break // the end of the sequence is the end of the block
			}
			ahead, given = more, given+1
		}
		return writeCounter(tx, q, ahead)
	})
	if err != nil {
		return 0, err
	}
	c.state, c.left, c.known = first, given-1, true
	c.shape, c.own, c.ahead = shapeOf(q), own, ahead
	return first.Last, nil
}

// SetValue is setval: the next value is value, or the one after it when called.
func (s *Snapshot) SetValue(ctx context.Context, q *Sequence, value int64, called bool) error {
	if value < q.Min || value > q.Max {
		return pgerr.New(pgerrcode.NumericValueOutOfRange, "setval: value %d is out of bounds for sequence %q (%d..%d)", value, q.Name, q.Min, q.Max)
	}
	c := s.cat.counters.take(q)
	defer s.cat.counters.give(c)
	state := counterState{value, called}
	if _, err := s.autonomous(ctx, q, func(tx Tx) error { return writeCounter(tx, q, state) }); err != nil {
		return err
	}
	c.state, c.left, c.known = state, 0, true
	return nil
}

// LastValue is a sequence's last_value and is_called, as selecting from it shows.
func (s *Snapshot) LastValue(q *Sequence) (value int64, called bool, err error) {
	c := s.cat.counters.take(q)
	defer s.cat.counters.give(c)
	state := c.state
	if !c.known {
		if state, err = readCounter(s.tx, q); err != nil {
			return 0, false, err
		}
	}
	return state.Last, state.Called, nil
}

// sequenceTable is a sequence as a relation: last_value, log_cnt, is_called.
func (s *Snapshot) sequenceTable(q *Sequence) *Table {
	t := &Table{OID: q.OID, Namespace: q.Namespace, NamespaceOID: q.NamespaceOID, Schema: q.Schema, Name: q.Name, Kind: KindSequence, Owner: q.Owner,
		Columns: []Column{{Num: 1, Name: "last_value", Type: types.T(types.Int8OID), NotNull: true}, {Num: 2, Name: "log_cnt", Type: types.T(types.Int8OID), NotNull: true},
			{Num: 3, Name: "is_called", Type: types.T(types.BoolOID), NotNull: true}}}
	t.Virtual = &VirtualTable{Schema: q.Schema, Name: q.Name, OID: q.OID, Columns: t.Columns,
		Rows: func(_ context.Context, _ *VirtualEnv, _ map[int16]types.Datum, yield func([]types.Datum) error) error {
			value, called, err := s.LastValue(q)
			if err != nil {
				return err
			}
			return yield([]types.Datum{types.Int(value), types.Int(0), types.Bool(called)})
		}}
	return t
}
