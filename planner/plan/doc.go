// Package plan is the physical plan: a tree of operators that package exec runs and that Format prints for EXPLAIN.
//
//	bound tree ──(planner: rules, then physical)──► Plan ──(exec.Build)──► running operators
//
// Expressions in a plan are those of package bound. A ColRef names a column of the operator's inputs, or, when no input has it, a column of
// an enclosing query or of the left side of an enclosing NestLoop with Params; exec passes such values in slots. Subqueries have become
// SubPlans.
//
// Invariants:
//   - a Plan is immutable once planned: running it writes nothing into it but its pool of idle programs, so any number of sessions share it;
//   - column IDs are unique in a plan, so an ID alone tells where a value comes from;
//   - an operator's output order and number of columns is Columns(), whatever its inputs give.
package plan
