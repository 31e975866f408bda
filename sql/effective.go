package sql

import (
	"strconv"
	"time"

	"vecgres/planner/exec"
)

// effective are the settings that every statement looks at, read from their texts once after each change.
type effective struct {
	version uint64 // of the settings that these were read from

	isolation                      string // of the next transaction
	readOnly                       bool
	searchPath, application        string
	statementTimeout, lockTimeout  time.Duration // 0 for none, as the next two
	idleSession, idleInTransaction time.Duration
	workMem                        int64 // bytes
	search                         exec.SearchSettings
}

// effective gives them as they are now, valid until a setting changes.
func (s *Session) effective() *effective {
	e := &s.derived
	if e.version == s.set.version {
		return e
	}
	*e = effective{
		version:  s.set.version,
		readOnly: s.set.flag("default_transaction_read_only"), workMem: s.set.number("work_mem") << 10,
		statementTimeout: s.set.duration("statement_timeout"), lockTimeout: s.set.duration("lock_timeout"),
		idleSession: s.set.duration("idle_session_timeout"), idleInTransaction: s.set.duration("idle_in_transaction_session_timeout"),
		search: s.set.search(),
	}
	e.isolation, _ = s.set.get("default_transaction_isolation")
	e.searchPath, _ = s.set.get("search_path")
	e.application, _ = s.set.get("application_name")
	return e
}

// search are hnsw.* and ivfflat.*, which count only where somebody set them, and what else searches are told.
func (s *settings) search() exec.SearchSettings {
	var out exec.SearchSettings
	if s.given("hnsw.ef_search") {
		out.EfSearch = int(s.number("hnsw.ef_search"))
	}
	if s.given("hnsw.target_recall") {
		text, _ := s.get("hnsw.target_recall")
		out.TargetRecall, _ = strconv.ParseFloat(text, 64)
	}
	if s.given("ivfflat.probes") {
		out.Probes = int(s.number("ivfflat.probes"))
	}
	rate, _ := s.get("vecgres.recall_check_rate")
	out.CheckRate, _ = strconv.ParseFloat(rate, 64)
	out.Exact = !s.flag("enable_indexscan")
	return out
}
