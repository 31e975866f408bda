// Package drivers runs the clients that people have against the real server: psql, pgx, lib/pq, psycopg 3 and node-postgres.
//
// Each of them connects, creates a table, inserts with parameters, searches vectors with parameters, uses transactions
// and reads errors with the right SQLSTATE. psql's answers without vectors are compared with PostgreSQL's own, character
// for character.
package drivers
