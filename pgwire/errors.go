package pgwire

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"vecgres/sql/pgerr"
)

// Causes with which a statement's context is cancelled.
var (
	errCancelled  = pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to user request")
	errTerminated = pgerr.New(pgerrcode.AdminShutdown, "terminating connection due to administrator command")
	errClientGone = pgerr.New(pgerrcode.ConnectionFailure, "connection to client lost")
)

// cause is what to say of an error: of a cancelled context the reason, whoever noticed it first.
func cause(ctx context.Context, err error) error {
	if reason := context.Cause(ctx); reason != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return reason
	}
	return err
}

// isFatal tells whether err ends the connection.
func isFatal(err error) bool {
	var fatal *Fatal
	var lost *lostError
	return errors.As(err, &fatal) || errors.As(err, &lost) || pgerr.Code(err) == pgerrcode.AdminShutdown
}

// logged tells the classes of errors that are the operator's affair and not the client's mistake: resources (53), system errors such as I/O (58),
// internal errors and damage (XX).
func logged(code string) bool {
	switch code[:min(2, len(code))] {
	case "53", "58", "XX":
		return true
	}
	return false
}

// sendError sends err, logging what only the operator should see, and flushes, so that the client knows even if the rest goes wrong.
func (c *conn) sendError(err error) {
	var lost *lostError
	if errors.As(err, &lost) {
		return
	}
	e := pgerr.From(err)
	severity := "ERROR"
	if isFatal(err) {
		severity = "FATAL"
	}
	if logged(e.Code) {
		c.log.Error("statement failed", slog.String("code", e.Code), slog.String("message", e.Message), slog.Any("cause", e.Cause))
	}
	msg := errorFields(e, severity)
	_ = c.w.send(&msg) // a writer's error stays in it
	_ = c.w.flush()
}

// errorFields is e as a message; its texts lose bytes that would break the framing.
func errorFields(e *pgerr.Error, severity string) pgproto3.ErrorResponse {
	return pgproto3.ErrorResponse{
		Severity: severity, SeverityUnlocalized: severity,
		Code: e.Code, Message: noNUL(e.Message), Detail: noNUL(e.Detail), Hint: noNUL(e.Hint),
		Position: int32(e.Position), Where: noNUL(e.Where),
		SchemaName: noNUL(e.Schema), TableName: noNUL(e.Table), ColumnName: noNUL(e.Column),
		DataTypeName: noNUL(e.DataType), ConstraintName: noNUL(e.Constraint),
	}
}

func noNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// sendNotice adds a notice, which is not flushed.
func (c *conn) sendNotice(n *pgerr.Notice) {
	msg := pgproto3.NoticeResponse(errorFields(&n.Error, string(n.Severity)))
	_ = c.w.send(&msg)
}
