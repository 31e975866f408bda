package pgwire

import (
	"context"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Backend makes sessions. It is what the wire asks of the program above it; all methods are safe for concurrent use.
type Backend interface {
	// Authenticate says how the user of a startup packet must prove himself; see AuthMethod. An error is sent and ends the connection.
	Authenticate(ctx context.Context, p *StartupParams) (AuthMethod, error)
	// NewSession starts a session after authentication. An error (no such database 3D000, no such role 28000, bad option 22023) is sent and ends the connection.
	NewSession(ctx context.Context, p *StartupParams) (Session, error)
}

// AuthMethod is how a user proves who he is. Trust is the only one so far.
type AuthMethod interface{ authMethod() }

// Trust asks for nothing.
type Trust struct{}

func (Trust) authMethod() {}

// StartupParams is a startup packet and where it came from.
type StartupParams struct {
	User       string
	Database   string            // the user's name when the packet named none
	Options    map[string]string // run-time settings: application_name, client_encoding, …, and those of "options" (-c name=value)
	RemoteAddr string            // "" for none
	RemotePort int
	Loopback   bool
	PID        int32 // the backend key sent to the client
	// Cancel ends the running statement, if any, as CancelRequest does (57014).
	Cancel func()
	// Terminate ends the connection as pg_terminate_backend does (57P01).
	Terminate func()
}

// Session is one client's conversation with SQL. Its methods are called one at a time. A context is cancelled by CancelRequest (cause: an
// *pgerr.Error 57014), by the client's going away, or by shutdown; the session ends its work soon after and returns an error.
// Errors are turned into ErrorResponse by pgerr.From; a fatal one (see Fatal) ends the connection.
type Session interface {
	// Settings are the ParameterStatus pairs to send after authentication, in Postgres' order.
	Settings() [][2]string
	// Query runs the statements of one simple-protocol message, calling out as each goes; it returns the first error (nothing after it is run). It has
	// dealt with the implicit transaction before it returns.
	Query(ctx context.Context, sql string, out Output) error

	Parse(ctx context.Context, name, sql string, paramTypes []types.OID) error
	// Bind makes a portal. Values (nil for NULL) are the session's to keep. Formats are as in the message: none, one for all, or one for each.
	Bind(ctx context.Context, portal, statement string, paramFormats []int16, values [][]byte, resultFormats []int16) error
	DescribeStatement(ctx context.Context, name string) (params []types.OID, fields []Field, err error)
	// DescribePortal gives the fields with their formats; nil fields mean NoData.
	DescribePortal(ctx context.Context, name string) ([]Field, error)
	// Execute runs a portal for at most maxRows rows (0: all), sending DataRows without a RowDescription, then CommandComplete, EmptyQuery or Suspended.
	Execute(ctx context.Context, portal string, maxRows int, out Output) error
	CloseStatement(name string) error
	ClosePortal(name string) error
	// Sync ends the implicit transaction: commits it, or rolls it back after a failed message (failed tells that). An error of the commit is sent before ReadyForQuery.
	Sync(ctx context.Context, failed bool) error

	// TxStatus is 'I', 'T' or 'E' for ReadyForQuery.
	TxStatus() byte
	// Env is what text forms depend on now.
	Env() *types.Env
	// Close rolls back and gives everything up.
	Close()
}

// Fatal wraps an error that ends the connection after it was sent (severity FATAL).
type Fatal struct{ Err error }

func (f *Fatal) Error() string { return f.Err.Error() }
func (f *Fatal) Unwrap() error { return f.Err }

// Field is a result column, as RowDescription sends it. Format is 0 text or 1 binary.
type Field struct {
	Name     string
	TableOID uint32
	AttNum   int16
	Type     types.Type
	Format   int16
}

// Output takes a statement's results in order. Its errors are the client's going away; the session stops and returns them.
type Output interface {
	// Fields announces rows: it sends RowDescription in Query, and is also what gives DataRow its types and formats. In Execute it sends nothing.
	Fields(fields []Field) error
	// Row sends a row, parallel to the fields; the slice may be reused at once.
	Row(values []types.Datum) error
	// Complete ends a statement with its tag, "SELECT 5".
	Complete(tag string) error
	// Empty ends an empty query.
	Empty() error
	// Suspended ends an Execute that reached its row limit.
	Suspended() error
	Notice(n *pgerr.Notice)
	// ParameterStatus tells the client of a changed setting that it follows.
	ParameterStatus(name, value string)

	// CopyIn asks the client for COPY data: binary or text for the whole, and the number of columns.
	CopyIn(binary bool, columns int) (CopyIn, error)
	// CopyOut begins COPY data to the client.
	CopyOut(binary bool, columns int) (CopyOut, error)
}

// CopyIn is COPY data from the client, in pieces that need not end where rows do.
type CopyIn interface {
	// Read gives the next piece, valid until the next call, and io.EOF after CopyDone. CopyFail is an error 57014.
	Read() ([]byte, error)
}

// CopyOut is COPY data to the client.
type CopyOut interface {
	// Write sends one CopyData message.
	Write(data []byte) error
	// Done ends the data.
	Done() error
}
