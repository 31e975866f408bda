package physical

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine/column"
)

// KeyBytesMax is the longest key that an index takes, as Postgres' btree.
const KeyBytesMax = 2704

// KeyPart is one column of an index key.
type KeyPart struct {
	Type             types.OID
	Desc, NullsFirst bool
}

// AppendKey appends the order-preserving bytes of the first len(values) parts of a key: a whole key, or a prefix that every key with these
// values starts with.
func AppendKey(dst []byte, parts []KeyPart, values []types.Datum) ([]byte, error) {
	var err error
	for i, v := range values {
		if dst, err = types.AppendKey(dst, parts[i].Type, v, parts[i].Desc, parts[i].NullsFirst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// KeyBuilder collects the keys of rows in one index.
type KeyBuilder struct {
	parts            []KeyPart
	nullsNotDistinct bool
	bytes            *column.Builder
	exempt           []bool // nil until a key has a NULL part
	buf              []byte
}

// NewKeyBuilder starts the keys of an index; capacity is a hint in rows.
func NewKeyBuilder(parts []KeyPart, nullsNotDistinct bool, capacity int) *KeyBuilder {
	return &KeyBuilder{parts: parts, nullsNotDistinct: nullsNotDistinct, bytes: column.NewBuilder(column.Bytes, 0, capacity)}
}

// Append adds a row's key. Errors: 54000 for a key longer than KeyBytesMax.
func (k *KeyBuilder) Append(values []types.Datum) error {
	buf, err := AppendKey(k.buf[:0], k.parts, values)
	k.buf = buf
	if err != nil {
		return err
	}
	if len(buf) > KeyBytesMax {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "index row size %d exceeds btree version 4 maximum %d", len(buf), KeyBytesMax)
	}
	k.mark(!k.nullsNotDistinct && hasNull(values))
	k.bytes.AppendBytes(buf)
	return nil
}

// AppendAbsent adds a row that is not in the index (a partial index's predicate is not true).
func (k *KeyBuilder) AppendAbsent() {
	k.mark(false)
	k.bytes.AppendNull()
}

func (k *KeyBuilder) mark(exempt bool) {
	if exempt && k.exempt == nil {
		k.exempt = make([]bool, k.bytes.Len(), k.bytes.Len()+8)
	}
	if k.exempt != nil {
		k.exempt = append(k.exempt, exempt)
	}
}

// Finish gives the keys collected so far and the rows that uniqueness leaves alone (nil: none), and starts again.
func (k *KeyBuilder) Finish() (bytes column.Column, exempt []bool) {
	bytes, exempt = k.bytes.Finish(), k.exempt
	k.bytes.Reset()
	k.exempt = nil
	return bytes, exempt
}

func hasNull(values []types.Datum) bool {
	for _, v := range values {
		if v.IsNull() {
			return true
		}
	}
	return false
}

// PrefixEnd is the smallest byte string above all that start with prefix; nil when there is none.
func PrefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}
