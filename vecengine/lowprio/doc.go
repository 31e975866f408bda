// Package lowprio marks work that nobody waits for: merges and graph builds in the background. Its goroutines run on threads of their own with a
// low priority, so that the kernel runs them in the time that statements leave. That is cheaper and finer than yielding by hand: a thread that
// serves a statement takes the core from such a one as soon as it wakes.
//
// The Go scheduler knows no priorities, so a process that does so needs more processors in Go's sense (GOMAXPROCS) than it has cores: a goroutine
// of low priority then holds a processor that nobody misses.
package lowprio

import "context"

type mark struct{}

// With marks the work done under a context.
func With(ctx context.Context) context.Context { return context.WithValue(ctx, mark{}, true) }

// Marked tells whether the work under a context is marked.
func Marked(ctx context.Context) bool { return ctx.Value(mark{}) != nil }

// Enter is called first by each goroutine of such work: under a marked context it binds the goroutine to its thread and lowers the thread's
// priority. The thread ends with the goroutine, which must not unlock it.
func Enter(ctx context.Context) {
	if Marked(ctx) {
		lower()
	}
}
