package vecengine

import (
	"context"
)

func (e *Engine) admit(ctx context.Context, w *tableWrites) error            { return nil }
func (e *Engine) spillIfLarge(ctx context.Context, w *tableWrites) error     { return nil }
func (p *ownPart) adoption() *adoption                                       { return nil }
func (e *Engine) Verify(ctx context.Context, report func(fault error)) error { return nil }
