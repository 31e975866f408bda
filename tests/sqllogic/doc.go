// Package sqllogic runs scripts of SQL with their expected rows against vecgres, and the ones without vectors against
// PostgreSQL 15 too, so that both must answer alike to the last character.
//
//	testdata/sql/*.slt      both engines; expected output written by PostgreSQL (go test ./tests/sqllogic -rewrite)
//	testdata/vector/*.slt   vecgres only
//
//	script ──parse──► records ──run──► outcome of each ──compare──► differences, or the script written anew
//
// A script is records separated by empty lines; `#` begins a comment line. A record is
//
//	statement ok                       it succeeds
//	statement count N                  it succeeds and its command tag ends in N
//	statement error SQLSTATE [message] it fails so; the message is compared when it is given
//	query TYPES [nosort|rowsort] [names] [label]
//	halt                               the script ends here
//
// with the SQL on the next lines. A query's rows follow a line of four dashes; columns stand two spaces apart. TYPES has a letter a column: B bool,
// I integer, R float or numeric, T text and everything else. rowsort sorts the rows before comparing, names puts the columns'
// names before the first row. `onlyif ENGINE` and `skipif ENGINE` before a record choose the engine; `connection NAME`
// gives it to another session.
//
// A value is the server's text for it, unchanged but for what a line cannot show: NULL is a null, (empty) the empty string,
// \n \t \r \\ stand for these characters, and a space at an end or beside another space is written as a middle dot.
//
// Each script has a database of its own: on vecgres a fresh server, on PostgreSQL a new database.
package sqllogic
