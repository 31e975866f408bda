package pgwire

import (
	"context"

	"vecgres/sql/client"
	"vecgres/sql/types"
)

// The words of sql/client that this package's interfaces speak in.
type (
	StartupParams = client.StartupParams
	Fatal         = client.Fatal
	Field         = client.Field
	Output        = client.Output
	CopyIn        = client.CopyIn
	CopyOut       = client.CopyOut
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

// Session is one client's conversation with SQL. Its methods are called one at a time. A context is cancelled by CancelRequest (cause: an
// *pgerr.Error 57014), by the client's going away, or by shutdown; the session ends its work soon after and returns an error.
// Errors are turned into ErrorResponse by pgerr.From; a Fatal one ends the connection.
type Session interface {
	// Settings are the ParameterStatus pairs to send after authentication, in Postgres' order.
	Settings() [][2]string
	// Query runs the statements of one simple-protocol message, calling out as each goes; it returns the first error (nothing after it is run). It has
	// dealt with the implicit transaction before it returns.
	Query(ctx context.Context, sql string, out Output) error

	Parse(ctx context.Context, name, sql string, paramTypes []types.OID) error
	// Bind makes a portal. Values (nil for NULL) and formats (as in the message: none, one for all, or one for each) may be overwritten when it
	// returns.
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
