package funcs

import (
	"iter"
	"maps"
	"slices"
)

// AllFunctions are the scalar overloads by name, then in a fixed order: the rows of pg_proc of kind f.
func AllFunctions() iter.Seq[*Overload] { return inOrder(registry.funcs) }

// AllSetReturnings are the set-returning overloads by name.
func AllSetReturnings() iter.Seq[*SetReturning] { return inOrder(registry.srfs) }

// AllAggregates are the aggregates by name.
func AllAggregates() iter.Seq[*Aggregate] { return inOrder(registry.aggs) }

// AllOperators are the binary operators by name, then the prefix ones.
func AllOperators() iter.Seq[*Operator] {
	return func(yield func(*Operator) bool) {
		for _, table := range []map[string][]*Operator{registry.binary, registry.prefix} {
			for o := range inOrder(table) {
				if !yield(o) {
					return
				}
			}
		}
	}
}

func inOrder[V any](table map[string][]V) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, name := range slices.Sorted(maps.Keys(table)) {
			for _, v := range table[name] {
				if !yield(v) {
					return
				}
			}
		}
	}
}
