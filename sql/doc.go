// Package sql is the session: one client's settings, transaction, prepared statements and portals, and the way of a statement
// through the rooms.
//
//	wire ──► Session.Query / Parse, Bind, Execute
//	            parse (sql/parser) ──► run: transaction and settings statements here, DDL in sql/ddl,
//	                                   COPY in copy.go, all that reads or writes rows:
//	            bind (sql/binder) ──► planner.Plan ──► exec.Run ──► rows to client.Output
//
// A Server is what all sessions share. It makes transactions through Begin, so that nothing here knows the engine.
//
// Transactions. Outside BEGIN, the statements of one simple-protocol message, or of the extended protocol up to Sync, are one implicit
// transaction. A failed statement in a block makes the block fail (25P02 until ROLLBACK): its writes are undone and its locks given up at
// once, down to the last savepoint. Under read committed each statement sees what was committed when it began; under repeatable read all
// see what the first one saw.
//
// A statement that writes locks its table when it is analyzed, so that its plan stands until it runs; one that reads locks nothing, and is
// planned again when the catalog changed meanwhile. Settings, the role among them, obey transactions and savepoints by an undo list; the
// client is told of those that it follows when all that it sent is done.
//
// A session is for one goroutine at a time; Server is safe for concurrent use.
package sql
