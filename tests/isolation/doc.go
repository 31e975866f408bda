// Package isolation looks at sessions from outside: what several of them see of each other, and what one answers message by message.
//
//	testdata/scripts/*    several named sessions, a statement a line; a step may wait for another session
//	testdata/messages/*   one connection, protocol messages sent together and all that comes back
//
// Both run against the real vecgres and against Debian's PostgreSQL 15, and one expected output is right for both:
//
//	go test ./tests/isolation -run TestScripts -rewrite      writes PostgreSQL's answers
//	go test ./tests/isolation -run TestScripts -rewrite -engine vecgres
//	                                                         writes the answers of the steps marked only=vecgres
//
// Steps of a script:
//
//	setup                  statements before all else, by a session of its own
//	NAME                   statements of the session NAME, which connects when it is first named
//	cancel NAME            a CancelRequest for the session
//	close NAME             the client goes away
//	sleep MILLISECONDS
//
// A step's output is what its session answers. A session of which the server says that it waits for a lock "waits", and so does one whose step is marked
// long, when its last statement runs; what it says later is printed, with its name, after the step that let it go on. {NAME} in a statement is that session's backend process id. only=vecgres and only=postgres
// mark a step where the two differ; a comment says why.
//
// Scripts run a third time, against vecgres by the extended protocol: answers must be the same.
package isolation
