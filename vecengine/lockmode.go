package vecengine

// LockStrength of a row lock; as Postgres' four, they conflict as its manual's table 13.3 says.
type LockStrength uint8

// The row lock strengths.
const (
	LockKeyShare LockStrength = iota
	LockShare
	LockNoKeyUpdate
	LockUpdate
)

// WaitPolicy says what to do about a lock that somebody else holds.
type WaitPolicy uint8

// The wait policies.
const (
	WaitBlock WaitPolicy = iota
	WaitError            // ErrLockNotAvailable
	WaitSkip
)

// LockOutcome is what LockRows found for a row.
type LockOutcome uint8

// The outcomes. Under RepeatableRead a row changed since the snapshot is ErrSerialization instead.
const (
	LockedSame    LockOutcome = iota // the version given is the newest
	LockedUpdated                    // a newer version exists: LockedRow.Loc names it, in the view given with the result
	LockedDeleted
	LockSkipped
)

// LockedRow is the outcome for one row.
type LockedRow struct {
	Outcome LockOutcome
	Loc     Loc
}

// TableLockMode is Postgres' table lock mode, 1 AccessShare … 8 AccessExclusive, conflicting as its manual's table 13.2 says.
type TableLockMode uint8

// The table lock modes.
const (
	AccessShare TableLockMode = iota + 1
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)
