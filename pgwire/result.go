package pgwire

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// The format codes of values.
const (
	formatText   = 0
	formatBinary = 1
)

// An output sends one message's results as they come. It is used again for every message.
type output struct {
	c        *conn
	describe bool // send RowDescription: Query does, Execute does not
	fields   []Field
	env      *types.Env
}

// reset makes the output ready for a message.
func (o *output) reset(c *conn, describe bool) {
	o.c, o.describe = c, describe
	o.fields, o.env = o.fields[:0], nil
}

// Fields implements Output.
func (o *output) Fields(fields []Field) error {
	o.fields = append(o.fields[:0], fields...)
	o.env = o.c.session.Env()
	if !o.describe {
		return nil
	}
	return o.c.rowDescription(o.fields)
}

// describeFields answers Describe: the fields, or NoData for nil ones.
func (c *conn) describeFields(fields []Field) error {
	if fields == nil {
		return c.w.end(c.w.begin('n'))
	}
	return c.rowDescription(fields)
}

func (c *conn) rowDescription(fields []Field) error {
	if len(fields) > math.MaxInt16 {
		return pgerr.New(pgerrcode.TooManyColumns, "a result can have at most %d columns", math.MaxInt16)
	}
	mark := c.w.begin('T')
	c.w.int16(int16(len(fields)))
	for i := range fields {
		f := &fields[i]
		c.w.text(f.Name)
		c.w.int32(int32(f.TableOID))
		c.w.int16(f.AttNum)
		c.w.int32(int32(f.Type.OID))
		c.w.int16(typeLength(f.Type.OID))
		c.w.int32(f.Type.Mod)
		c.w.int16(f.Format)
	}
	return c.w.end(mark)
}

// typeLength is typlen: a size in bytes, or -1 for types of any length.
func typeLength(oid types.OID) int16 {
	if info, ok := types.Lookup(oid); ok {
		return int16(info.Len)
	}
	return -1
}

// Row implements Output. Values are written straight into the connection's buffer; nothing is allocated for a column.
func (o *output) Row(values []types.Datum) error {
	if len(values) != len(o.fields) {
		return pgerr.Internal(errors.New("row without its fields"), "row has %d values for %d fields", len(values), len(o.fields))
	}
	w := &o.c.w
	mark := w.begin('D')
	w.int16(int16(len(values)))
	for i := range values {
		if err := o.value(&o.fields[i], values[i]); err != nil {
			w.drop(mark)
			return err
		}
	}
	return w.end(mark)
}

// value writes a value with its length, -1 for NULL.
func (o *output) value(f *Field, d types.Datum) error {
	w := &o.c.w
	if d.IsNull() {
		w.int32(-1)
		return nil
	}
	at := len(w.buf)
	w.int32(0)
	if f.Format == formatText {
		w.buf = types.AppendText(o.env, w.buf, f.Type.OID, d)
	} else {
		buf, err := types.AppendBinary(w.buf, f.Type.OID, d)
		if err != nil {
			return err
		}
		w.buf = buf
	}
	n := len(w.buf) - at - 4
	if n > math.MaxInt32 {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "value of column \"%s\" has %d bytes", f.Name, n)
	}
	binary.BigEndian.PutUint32(w.buf[at:], uint32(n))
	return nil
}

// Complete implements Output.
func (o *output) Complete(tag string) error {
	w := &o.c.w
	mark := w.begin('C')
	w.text(tag)
	o.fields = o.fields[:0]
	return w.end(mark)
}

// Empty implements Output.
func (o *output) Empty() error { return o.c.w.end(o.c.w.begin('I')) }

// Suspended implements Output.
func (o *output) Suspended() error { return o.c.w.end(o.c.w.begin('s')) }

// Notice implements Output.
func (o *output) Notice(n *pgerr.Notice) { o.c.sendNotice(n) }

// ParameterStatus implements Output. As in Postgres, changes are told before ReadyForQuery, and of several the last.
func (o *output) ParameterStatus(name, value string) {
	c := o.c
	for i := range c.changed {
		if c.changed[i][0] == name {
			c.changed[i][1] = value
			return
		}
	}
	c.changed = append(c.changed, [2]string{name, value})
}
