// Package client is what the session and the wire say to each other: result fields, rows, COPY data, notices. It knows neither
// the protocol's messages nor SQL's plans, so that pgwire and the session need not import one another.
package client

import (
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

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
	// Terminate ends the connection for a reason that the client is told as FATAL; nil is 57P01, as of pg_terminate_backend.
	Terminate func(reason error)
}

// Fatal wraps an error that ends the connection after it was sent (severity FATAL).
type Fatal struct{ Err error }

func (f *Fatal) Error() string { return f.Err.Error() }

// Unwrap is the error to send.
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
