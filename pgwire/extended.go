package pgwire

import (
	"context"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// extended runs a handler of the extended protocol: an error of it is sent, and all until the next Sync is skipped.
func (c *conn) extended(ctx context.Context, body []byte, handler func(*conn, context.Context, []byte) error) error {
	err := handler(c, ctx, body)
	if err == nil {
		return nil
	}
	c.skipping = true
	return c.fail(ctx, err)
}

// checkNames refuses names that are not UTF-8, which could not even be quoted in an error.
func checkNames(names ...[]byte) error {
	for _, name := range names {
		if !utf8.Valid(name) {
			return pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\" in a name")
		}
	}
	return nil
}

func (c *conn) parse(ctx context.Context, body []byte) error {
	m := message{rest: body}
	name, query := m.string(), m.string()
	var params []types.OID
	for range m.count() {
		params = append(params, types.OID(m.int32()))
	}
	if err := m.done(); err != nil {
		return err
	}
	if err := checkNames(name); err != nil {
		return err
	}
	if err := c.session.Parse(ctx, string(name), string(query), params); err != nil {
		return err
	}
	return c.w.end(c.w.begin('1'))
}

func (c *conn) bind(ctx context.Context, body []byte) error {
	m, b := message{rest: body}, &c.bound
	defer b.release()
	portal, statement := m.string(), m.string()
	b.paramFormats = m.formats(b.paramFormats[:0])
	b.values = m.values(b.values[:0])
	b.resultFormats = m.formats(b.resultFormats[:0])
	if err := m.done(); err != nil {
		return err
	}
	if err := checkNames(portal, statement); err != nil {
		return err
	}
	if n := len(b.paramFormats); n > 1 && n != len(b.values) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(b.values))
	}
	if err := checkFormats(b.paramFormats, b.resultFormats); err != nil {
		return err
	}
	if err := c.session.Bind(ctx, string(portal), c.names.string(statement), b.paramFormats, b.values, b.resultFormats); err != nil {
		return err
	}
	return c.w.end(c.w.begin('2'))
}

// bindParts are the lists of a Bind, whose memory the next one uses.
type bindParts struct {
	paramFormats, resultFormats []int16
	values                      [][]byte
}

// keepParts is how many values' room a connection keeps from one Bind to the next.
const keepParts = 1024

// release gives up the values, which lie in a body that may be large, and lists that are long.
func (b *bindParts) release() {
	clear(b.values)
	if cap(b.values) > keepParts {
		*b = bindParts{}
	}
}

// lastName is the name that came last, kept because it is likely to come again.
type lastName string

// keepName is the longest name that is kept; Postgres' identifiers are shorter.
const keepName = 64

func (l *lastName) string(b []byte) string {
	if len(b) > keepName {
		return string(b)
	}
	if string(b) != string(*l) {
		*l = lastName(b)
	}
	return string(*l)
}

func checkFormats(lists ...[]int16) error {
	for _, list := range lists {
		for _, format := range list {
			if format != formatText && format != formatBinary {
				return pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", format)
			}
		}
	}
	return nil
}

func (c *conn) describe(ctx context.Context, body []byte) error {
	kind, name, err := objectOf(body)
	if err != nil {
		return err
	}
	switch kind {
	case 'S':
		params, fields, err := c.session.DescribeStatement(ctx, name)
		if err != nil {
			return err
		}
		if err := c.parameterDescription(params); err != nil {
			return err
		}
		return c.describeFields(fields)
	case 'P':
		fields, err := c.session.DescribePortal(ctx, name)
		if err != nil {
			return err
		}
		return c.describeFields(fields)
	}
	return protocolError("invalid DESCRIBE message subtype %d", kind)
}

// objectOf reads the body of Describe and Close: what kind of object is meant, and its name.
func objectOf(body []byte) (kind byte, name string, err error) {
	m := message{rest: body}
	kind, b := m.byte(), m.string()
	if err := m.done(); err != nil {
		return 0, "", err
	}
	return kind, string(b), checkNames(b)
}

func (c *conn) parameterDescription(params []types.OID) error {
	mark := c.w.begin('t')
	c.w.int16(int16(len(params)))
	for _, oid := range params {
		c.w.int32(int32(oid))
	}
	return c.w.end(mark)
}

func (c *conn) execute(ctx context.Context, body []byte) error {
	m := message{rest: body}
	portal := m.string()
	maxRows := max(int(m.int32()), 0) // Postgres takes any count below one as no limit
	if err := m.done(); err != nil {
		return err
	}
	if err := checkNames(portal); err != nil {
		return err
	}
	c.out.reset(c, false)
	return c.session.Execute(ctx, string(portal), maxRows, &c.out)
}

func (c *conn) closeObject(_ context.Context, body []byte) error {
	kind, name, err := objectOf(body)
	if err != nil {
		return err
	}
	switch kind {
	case 'S':
		err = c.session.CloseStatement(name)
	case 'P':
		err = c.session.ClosePortal(name)
	default:
		err = protocolError("invalid CLOSE message subtype %d", kind)
	}
	if err != nil {
		return err
	}
	return c.w.end(c.w.begin('3'))
}

// sync ends the implicit transaction and the skipping.
func (c *conn) sync(ctx context.Context) error {
	failed := c.skipping
	c.skipping = false
	if err := c.session.Sync(ctx, failed); err != nil {
		if err = c.fail(ctx, err); err != nil {
			return err
		}
	}
	return c.readyForQuery(c.session)
}
