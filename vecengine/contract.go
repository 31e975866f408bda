package vecengine

// Engine is an open data directory. All methods are safe for concurrent use.
type Engine struct{ engineState }

// Txn is the one transaction. It is for one goroutine at a time, except Cancel of its contexts. Writes take row, key and table locks, held to the end.
// After an error from a write the caller must roll back, or roll back to a savepoint.
type Txn struct{ txnState }

// View is a consistent read of all tables at one moment, with the transaction's own writes when it came from Txn.View.
// It costs nothing and takes no lock; Close it so that old versions can go. It may be read by several goroutines; it sees the
// transaction's writes up to the moment it was taken.
type View struct{ viewState }

// Table is a table as a View sees it.
type Table struct{ tableState }
