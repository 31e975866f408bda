// Package enginestore keeps the catalog's facts in vecengine: a namespace's facts are rows (key, value) of a small table in the namespace's
// own folder, under one unique key index, written by the same transaction as the namespace's data.
//
// It is also the one place that turns a catalog.Table into the engine's schema: column ids are attnums, index ids the catalog's.
package enginestore

import (
	"context"
	"fmt"

	"vecgres/catalog"
	"vecgres/vecengine"
)

// firstID keeps the engine's ids, which become OIDs, above those that Postgres reserves.
const firstID = uint64(catalog.FirstNormalOID)

// Store is a catalog.Store over an open engine. Safe for concurrent use.
type Store struct{ engine *vecengine.Engine }

// Open makes the system namespace's fact table if it is not there yet.
func Open(ctx context.Context, engine *vecengine.Engine) (*Store, error) {
	s := &Store{engine}
	err := s.Autonomous(ctx, func(tx catalog.Tx) error {
		if v, err := tx.Version(catalog.SystemNamespace); err != nil || v != 0 {
			return err
		}
		return tx.(*Tx).createFacts(catalog.SystemNamespace)
	})
	if err != nil {
		return nil, fmt.Errorf("the catalog's system namespace: %w", err)
	}
	return s, nil
}

// NewID gives a number never given before.
func (s *Store) NewID() uint64 { return firstID + s.engine.NextID() }

// Begin starts a transaction over facts and data alike. Close its Tx at the end, whatever becomes of the transaction.
func (s *Store) Begin(iso vecengine.Isolation) *Tx { return s.over(s.engine.Begin(iso)) }

// BeginIn is Begin for a session of the engine.
func (s *Store) BeginIn(session *vecengine.Session, iso vecengine.Isolation) *Tx {
	return s.over(session.Begin(iso))
}

func (s *Store) over(t *vecengine.Txn) *Tx {
	return &Tx{Txn: t, engine: s.engine, ctx: context.Background()}
}

// Autonomous runs fn in a transaction of its own and commits it.
func (s *Store) Autonomous(ctx context.Context, fn func(catalog.Tx) error) error {
	tx := s.Begin(vecengine.ReadCommitted)
	defer tx.Close()
	tx.Within(ctx)
	if err := fn(tx); err != nil {
		tx.Txn.Rollback()
		return err
	}
	return tx.Txn.Commit(ctx)
}
