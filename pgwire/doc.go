// Package pgwire speaks Postgres' frontend/backend protocol 3.0: bytes of a connection in, calls of a Session out, and its results
// back as messages. It knows no SQL.
//
//	accept ─► startup.go  SSLRequest, GSSENCRequest, CancelRequest, StartupMessage; authentication; ParameterStatus, BackendKeyData
//	            │
//	            ▼
//	          conn.go     one goroutine a connection: frame.go reads a message, a handler runs it, writer.go keeps what it says
//	            ├─ simple.go    Query: several statements, then ReadyForQuery
//	            ├─ extended.go  Parse, Bind, Describe, Execute, Close, Flush, Sync: an error skips to the next Sync
//	            ├─ copy.go      COPY in and out, while a statement runs
//	            └─ result.go    client.Output over messages, values by sql/types in text or binary
//	server.go   the set of connections: limits, cancel keys, clients gone, drain
//
// Statements, portals and transactions belong to the Session. Messages are buffered and sent at ReadyForQuery, at Flush, at an error
// and whenever the buffer is large, so that a pipeline of any length costs few writes.
//
// Cancelling: a CancelRequest with the right key cancels the context of the statement that runs, if one does, with a 57014 as its
// cause. So do the client's going away (looked for once a second while a statement runs), pg_terminate_backend and the end of a
// drain, with their own causes. The session returns an error soon after.
//
// Safety. Invariants of frame.go and message.go:
//   - no message is larger than the cap for the connection's state (16 KiB before authentication), and memory is taken as bytes
//     arrive, not as a length announces them;
//   - a body that does not have exactly the parts of its type is 08P01 and ends the connection;
//   - a frame's bytes live until the next one is read: what a session keeps of them it copies.
//
// A panic anywhere else in a connection's goroutine is logged with its stack, sent as XX000 and ends that connection alone.
//
// Gaps to Postgres: no TLS and no GSSAPI encryption (both are answered 'N'), no function-call protocol (0A000), no replication, no
// LISTEN notifications; protocol 3.2 is negotiated down to 3.0.
package pgwire
