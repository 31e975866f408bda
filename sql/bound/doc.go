// Package bound is the tree between the binder and the planner: names are resolved to ColumnIDs, every expression has a type, every conversion
// is a Cast, every call names its overload.
//
//	ast ──binder──► bound.Statement ──planner──► plan
//
// Invariants:
//   - a ColumnID has one producing place in a statement. A Project or ProjectSet may pass a column of its input through under its own ID
//     (its item is then a ColRef of that very ID); every other column that a node gives is new;
//   - a ColRef whose column no input below it produces refers to an outer query (a correlated subquery, or the left side of a lateral join);
//   - scalars are immutable once the statement is bound, and may be shared between places of the tree; relations are not shared, except that
//     a CTE is reached from its CTERefs and a Get from its RowLock;
//   - no scalar has type unknown: untyped literals have become Const of the type that their context wanted, text where it wanted none.
//
// Walking: Slots and RelSlots give the places of a node's operands, Rewrite and RewriteScalars replace scalars, FreeColumns tells what a
// relation wants from outside. Format prints a statement for tests, ScalarText prints an expression as EXPLAIN does.
package bound
