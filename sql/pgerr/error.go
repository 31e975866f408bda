// Package pgerr is the one error type that reaches clients: a SQLSTATE with Postgres' fields.
//
// The code is chosen where the fault is understood; Wrap adds context and never changes it.
package pgerr

import (
	"errors"
	"fmt"

	"github.com/jackc/pgerrcode"
)

// Error is an error with a SQLSTATE. Position counts characters of the statement's text from 1; 0 means none.
type Error struct {
	Code       string
	Message    string
	Detail     string
	Hint       string
	Position   int // in bytes from 1 until the session turns it into characters
	Where      string
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
	Cause      error
}

// New makes an error with a code from package pgerrcode and a formatted message.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Unimplemented is 0A000 naming the feature.
func Unimplemented(feature string) *Error {
	return New(pgerrcode.FeatureNotSupported, "%s is not supported yet", feature)
}

// Internal is XX000 for a broken invariant; the cause is logged and never sent.
func Internal(cause error, format string, args ...any) *Error {
	e := New(pgerrcode.InternalError, format, args...)
	e.Cause = cause
	return e
}

// Wrap puts context before the message of err, keeping its code; an err without a code becomes XX000 with err as its cause.
func Wrap(err error, format string, args ...any) *Error {
	e := *From(err)
	e.Message = fmt.Sprintf(format, args...) + ": " + e.Message
	return &e
}

// From finds the Error in err's chain, or makes XX000 of it that keeps err as the cause and shows nothing of it.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: pgerrcode.InternalError, Message: "internal error", Cause: err}
}

// Code is the SQLSTATE that err would be sent with.
func Code(err error) string { return From(err).Code }

// Error is the message with its code, for logs and tests.
func (e *Error) Error() string { return e.Message + " (SQLSTATE " + e.Code + ")" }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// At sets the position: a byte offset into the statement's text from 0, as parse trees keep it; negative means unknown.
func (e *Error) At(offset int) *Error {
	if offset >= 0 && e.Position == 0 {
		e.Position = offset + 1
	}
	return e
}

// WithDetail sets the DETAIL field.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithHint sets the HINT field.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithTable names the relation that the error is about.
func (e *Error) WithTable(schema, table string) *Error {
	e.Schema, e.Table = schema, table
	return e
}

// WithColumn names the column that the error is about.
func (e *Error) WithColumn(column string) *Error { e.Column = column; return e }

// WithConstraint names the constraint that the error is about.
func (e *Error) WithConstraint(name string) *Error { e.Constraint = name; return e }

// Severity is a notice's level, as Postgres prints it.
type Severity string

// The severities of notices.
const (
	SeverityNotice  Severity = "NOTICE"
	SeverityWarning Severity = "WARNING"
	SeverityInfo    Severity = "INFO"
)

// Notice is a message beside the result, such as "schema already exists, skipping".
type Notice struct {
	Severity Severity
	Error
}

// NewNotice makes a notice; code is "00000" for NOTICE and "01000" for WARNING unless a better one is known.
func NewNotice(severity Severity, code, format string, args ...any) *Notice {
	return &Notice{Severity: severity, Error: *New(code, format, args...)}
}
