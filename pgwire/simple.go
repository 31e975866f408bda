package pgwire

import "context"

// query runs a simple-protocol message: all its statements, or those up to the first error, and ReadyForQuery.
func (c *conn) query(ctx context.Context, body []byte) error {
	m := message{rest: body}
	text := m.string()
	if err := m.done(); err != nil {
		return err
	}
	c.out.reset(c, true)
	if err := c.session.Query(ctx, string(text), &c.out); err != nil {
		if err = c.fail(ctx, err); err != nil {
			return err
		}
	}
	return c.readyForQuery(c.session)
}

// fail sends a statement's error, and returns it again when it ends the connection.
func (c *conn) fail(ctx context.Context, err error) error {
	err = cause(ctx, err)
	if c.w.err != nil {
		return c.w.err
	}
	if isFatal(err) {
		return &Fatal{Err: err}
	}
	c.sendError(err)
	return c.w.err
}
