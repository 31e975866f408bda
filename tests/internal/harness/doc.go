// Package harness starts what the tests look at from outside: the real vecgres binary, and a throw-away cluster of
// Debian's PostgreSQL 15 as the oracle.
//
//	vec := harness.StartVecgres(t)      pg := harness.StartPostgres(t)
//	      │                                   │
//	      └────────► *Server ◄────────────────┘      Conn, Pool, URL, Stop; Kill and Restart for vecgres
//
// Invariants:
//   - a server listens on a free loopback port, keeps its data in a directory of its own and dies with the test;
//   - its log is printed when the test fails, and only then;
//   - a missing oracle is a failure, never a skip: `make deps` installs it.
package harness
