package pgwire

import (
	"context"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

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
func checkNames(names ...string) error {
	for _, name := range names {
		if !utf8.ValidString(name) {
			return pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\" in a name")
		}
	}
	return nil
}

func (c *conn) parse(ctx context.Context, body []byte) error {
	var msg pgproto3.Parse
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := checkNames(msg.Name); err != nil {
		return err
	}
	var params []types.OID
	for _, oid := range msg.ParameterOIDs {
		params = append(params, types.OID(oid))
	}
	if err := c.session.Parse(ctx, msg.Name, msg.Query, params); err != nil {
		return err
	}
	return c.w.end(c.w.begin('1'))
}

func (c *conn) bind(ctx context.Context, body []byte) error {
	var msg pgproto3.Bind
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := checkNames(msg.DestinationPortal, msg.PreparedStatement); err != nil {
		return err
	}
	if n := len(msg.ParameterFormatCodes); n > 1 && n != len(msg.Parameters) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(msg.Parameters))
	}
	if err := checkFormats(msg.ParameterFormatCodes, msg.ResultFormatCodes); err != nil {
		return err
	}
	values := copyValues(msg.Parameters)
	err := c.session.Bind(ctx, msg.DestinationPortal, msg.PreparedStatement, msg.ParameterFormatCodes, values, msg.ResultFormatCodes)
	if err != nil {
		return err
	}
	return c.w.end(c.w.begin('2'))
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

// copyValues copies values out of the read buffer, which the next message overwrites, into one piece of memory.
func copyValues(values [][]byte) [][]byte {
	total := 0
	for _, v := range values {
		total += len(v)
	}
	room := make([]byte, 0, total)
	for i, v := range values {
		if v == nil {
			continue
		}
		start := len(room)
		room = append(room, v...)
		values[i] = room[start:len(room):len(room)]
	}
	return values
}

func (c *conn) describe(ctx context.Context, body []byte) error {
	var msg pgproto3.Describe
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := checkNames(msg.Name); err != nil {
		return err
	}
	switch msg.ObjectType {
	case 'S':
		params, fields, err := c.session.DescribeStatement(ctx, msg.Name)
		if err != nil {
			return err
		}
		if err := c.parameterDescription(params); err != nil {
			return err
		}
		return c.describeFields(fields)
	case 'P':
		fields, err := c.session.DescribePortal(ctx, msg.Name)
		if err != nil {
			return err
		}
		return c.describeFields(fields)
	}
	return protocolError("invalid DESCRIBE message subtype %d", msg.ObjectType)
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
	var msg pgproto3.Execute
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := checkNames(msg.Portal); err != nil {
		return err
	}
	// Postgres takes any count below one as no limit.
	maxRows := max(int(int32(msg.MaxRows)), 0)
	c.out.reset(c, false)
	return c.session.Execute(ctx, msg.Portal, maxRows, &c.out)
}

func (c *conn) closeObject(_ context.Context, body []byte) error {
	var msg pgproto3.Close
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := checkNames(msg.Name); err != nil {
		return err
	}
	var err error
	switch msg.ObjectType {
	case 'S':
		err = c.session.CloseStatement(msg.Name)
	case 'P':
		err = c.session.ClosePortal(msg.Name)
	default:
		err = protocolError("invalid CLOSE message subtype %d", msg.ObjectType)
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
