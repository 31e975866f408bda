package vecengine

import (
	"context"

	"vecgres/vecengine/column"
)

func (e *Engine) admit(ctx context.Context, w *tableWrites) error            { return nil }
func (e *Engine) spillIfLarge(ctx context.Context, w *tableWrites) error     { return nil }
func (p *ownPart) adoption() *adoption                                       { return nil }
func (e *Engine) Verify(ctx context.Context, report func(fault error)) error { return nil }
func (t *Txn) AlterTable(ctx context.Context, id TableID, s Schema) error {
	panic("unwritten")
}
func (t *Txn) BuildKeyIndex(ctx context.Context, id TableID, def IndexDef, columns []ColumnID, keys func(*column.Batch) (Keys, error)) error {
	panic("unwritten")
}
