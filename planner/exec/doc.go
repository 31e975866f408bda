// Package exec runs plans. Queries reach the engine only here.
//
//	plan.Plan ──Build──► Program: a tree of Operators ──Run──► Rows ──► datums or batches
//
// Operators pull batches from each other: Open, Next until nil, Close. A batch is columns of equal length with an optional list of the rows
// that count. A column is the engine's own memory (column.Column, Arrow's layout) as long as nobody computed it, and datums where
// somebody did; kernels work on the first form, everything else reads both through Vec.At.
//
// Invariants:
//   - a batch and its vectors belong to the operator that gave them and are valid until its next Next, Open or Close; what is kept longer is
//     copied as datums, whose strings and vectors live as long as the statement's View;
//   - Open starts an operator from the beginning, however far it was: correlated subqueries and nested loops run their inner plans again and again;
//   - Close may follow Open at any point, errors included, and gives all memory back;
//   - values that an inner plan takes from outside are in slots of the program, written by whoever opens it, before it does;
//   - all state of a run is in the Program; the Plan is shared and never written.
//
// A Program is for one goroutine. Idle programs wait in the plan's pool, so a prepared statement is built once per concurrent use.
// Memory that grows with the data (hash tables, sorts, kept rows) is counted against Context.MemLimit; beyond it the statement fails with 53200.
package exec
