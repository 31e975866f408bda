// Package copyfmt reads and writes COPY's three formats: text, csv and binary.
//
//	pieces of CopyData ─► Reader: lines or tuples ─► rows of raw fields ─► the session parses each by its column's type
//	rows of raw fields ─► Writer ─► one piece for each row
//
// It knows no types: a field is the bytes of a value's text or binary form, NULL, or the marker that asks for the column's default.
// The rules, texts and codes are Postgres 16's. Data is UTF8, which Reader checks, also after escapes.
//
// Invariants: fields are valid until the next row; memory grows with the longest row and not with the data; rows and lines are counted
// as Postgres counts them for an error's context ("COPY t, line 3, column price: "x"").
package copyfmt
