package sql

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/client"
	"vecgres/sql/pgerr"
)

// status is what pg_stat_activity shows of a session, which others read while it works.
type status struct {
	mu  sync.Mutex
	now catalog.Activity
}

// begin serves a message: notes when it came, cancels the idle timer, remembers where notices go. With a query the session shows as active from now on.
func (s *Session) begin(out client.Output, query string) {
	s.began = time.Now()
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
	if out != nil {
		s.out = out
	}
	if query == "" {
		return
	}
	at := postgresNow(s.began)
	s.status.mu.Lock()
	a := &s.status.now
	a.Query, a.QueryStart = query, at
	a.XactStart = s.transactionStart(at)
	a.State, a.StateChange, a.Application = "active", at, s.effective().application
	s.status.mu.Unlock()
}

// transactionStart is when the transaction under way began; one that the message begins has its time.
func (s *Session) transactionStart(message int64) int64 {
	if s.txn == nil {
		return message
	}
	return postgresNow(s.txn.started)
}

var (
	errIdleSession       = pgerr.New(pgerrcode.IdleSessionTimeout, "terminating connection due to idle-session timeout")
	errIdleInTransaction = pgerr.New(pgerrcode.IdleInTransactionSessionTimeout, "terminating connection due to idle-in-transaction timeout")
)

// rest ends a query, or a pipeline by its Sync: the session waits for the client, though not for ever when a timeout says so.
func (s *Session) rest() {
	e := s.effective()
	state, limit, reason := "idle", e.idleSession, errIdleSession
	start := int64(0)
	if s.txn != nil {
		start = postgresNow(s.txn.started)
		if s.txn.block {
			state, limit, reason = "idle in transaction", e.idleInTransaction, errIdleInTransaction
			if s.txn.failed {
				state = "idle in transaction (aborted)"
			}
		}
	}
	s.status.mu.Lock()
	a := &s.status.now
	a.State, a.StateChange, a.XactStart, a.Application = state, postgresNow(time.Now()), start, e.application
	s.status.mu.Unlock()
	if limit > 0 && s.params.Terminate != nil {
		s.idle = time.AfterFunc(limit, func() { s.params.Terminate(reason) })
	}
}

// statementContext ends ctx at statement_timeout.
func (s *Session) statementContext(ctx context.Context) (context.Context, context.CancelFunc) {
	d := s.effective().statementTimeout
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, d, pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to statement timeout"))
}

// activity lists the sessions for pg_stat_activity, by process id.
func (v *Server) activity() []catalog.Activity {
	v.mu.Lock()
	list := make([]catalog.Activity, 0, len(v.sessions))
	for _, s := range v.sessions {
		s.status.mu.Lock()
		list = append(list, s.status.now)
		s.status.mu.Unlock()
	}
	v.mu.Unlock()
	slices.SortFunc(list, func(a, b catalog.Activity) int { return cmp.Compare(a.PID, b.PID) })
	return list
}
