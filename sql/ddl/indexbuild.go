package ddl

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/pgerr"
)

// CREATE INDEX beside readers and writers takes two transactions. The first announces the index as Building: from its commit on writers make
// its keys, and queries do not rely on it. The second waits for the writers that began before, builds what the rows from before lack, looks for
// duplicates, and takes Building off. When it fails, a third one takes the index away. A note in the system namespace lets a restart finish
// what a crash has cut short, from the segments' indexes that were ready.
//
// Inside a transaction block, where the index must come and go with the rest, the table is locked against writers instead.

// smallTableRows is up to how many rows a table is rather locked for the moment that its index takes, if nobody writes to it now: one commit
// instead of two.
const smallTableRows = 10_000

// buildsBeside decides how an index is built; for a small table that nobody writes to it takes the lock.
func (c *Context) buildsBeside(st *ast.CreateIndex, t *catalog.Table) (bool, error) {
	if c.Next == nil {
		if st.Concurrently {
			return false, pgerr.New(pgerrcode.ActiveSQLTransaction, "CREATE INDEX CONCURRENTLY cannot be executed within a pipeline")
		}
		return false, nil
	}
	if t.Storage == 0 || t.Namespace == 0 || t.Virtual != nil {
		return false, nil
	}
	if c.Rows(t.Storage) > smallTableRows {
		return true, nil
	}
	locked, err := c.TryLock(t, share)
	return !locked, err
}

// buildIndexBeside announces, builds and finishes an index; nt is as for buildIndex.
func (c *Context) buildIndexBeside(nt *catalog.Table, ix *catalog.Index) error {
	ix.Building = true
	nt.Indexes = append(nt.Indexes, ix)
	if err := c.Catalog.PutTable(c, nt); err != nil {
		return err
	}
	note := &catalog.Build{Index: ix.OID, Table: nt.OID, Database: c.Catalog.Database().OID, Owner: c.Role.OID}
	if err := c.Catalog.NoteBuild(note); err != nil {
		return err
	}
	if err := c.Next(c.Context, true); err != nil {
		return err
	}
	return c.FinishIndex(note)
}

// ResumeIndex is FinishIndex for a restart: what the end of its context cuts short stays announced.
func (c *Context) ResumeIndex(note *catalog.Build) error {
	err := c.finishIndex(note)
	if err == nil || c.Err() != nil {
		return err
	}
	return c.giveUpIndex(note, err)
}

// FinishIndex builds an announced index in the present transaction, or takes it away in another one when that fails.
func (c *Context) FinishIndex(note *catalog.Build) error {
	err := c.finishIndex(note)
	if err == nil {
		return nil
	}
	return c.giveUpIndex(note, err)
}

// giveUpIndex takes an announced index away because of err, which it returns.
func (c *Context) giveUpIndex(note *catalog.Build, err error) error {
	ctx := context.WithoutCancel(c.Context)
	if e := c.Next(ctx, false); e != nil {
		return errors.Join(err, e)
	}
	c.Context = ctx
	if e := c.abandonIndex(note); e != nil {
		return errors.Join(err, e)
	}
	if e := c.Next(ctx, true); e != nil {
		return errors.Join(err, e)
	}
	return err
}

func (c *Context) finishIndex(note *catalog.Build) error {
	t, ix, err := c.announced(note)
	if err != nil {
		return err
	}
	if ix == nil {
		return pgerr.New(pgerrcode.UndefinedObject, "the index was dropped while it was being built")
	}
	if supplied(ix) {
		err = c.fillKeys(t, ix)
	} else {
		err = c.Maintain(c, t.Storage)
	}
	if err != nil {
		return err
	}
	// Facts that no lock guards, as comments, may have changed meanwhile.
	if t, ix, err = c.announced(note); err != nil || ix == nil {
		return err
	}
	nt, built := mutable(t), *ix
	built.Building = false
	nt.Indexes[slices.Index(nt.Indexes, ix)] = &built
	if err := c.Catalog.PutTable(c, nt); err != nil {
		return err
	}
	return c.Catalog.ForgetBuild(note.Index)
}

// announced finds an announced index and its table, which it locks against other DDL; nil when it is gone or finished.
func (c *Context) announced(note *catalog.Build) (*catalog.Table, *catalog.Index, error) {
	t, err := c.Catalog.TableByOID(note.Table)
	if err != nil || t == nil {
		return nil, nil, err
	}
	if t, err = c.lockTable(t, shareUpdateExclusive); err != nil {
		if pgerr.Code(err) == pgerrcode.UndefinedTable {
			err = nil
		}
		return nil, nil, err
	}
	for _, ix := range t.Indexes {
		if ix.OID == note.Index && ix.Building {
			return t, ix, nil
		}
	}
	return t, nil, nil
}

// abandonIndex takes an announced index away.
func (c *Context) abandonIndex(note *catalog.Build) error {
	t, ix, err := c.announced(note)
	if err != nil {
		return err
	}
	if ix != nil {
		nt := mutable(t)
		nt.Indexes = slices.DeleteFunc(nt.Indexes, func(x *catalog.Index) bool { return x == ix })
		if err := c.Catalog.PutTable(c, nt); err != nil {
			return err
		}
	}
	return c.Catalog.ForgetBuild(note.Index)
}

func (c *Context) fillKeys(t *catalog.Table, ix *catalog.Index) error {
	x := c.Exec()
	defer x.View.Close()
	write, err := binder.WriteInfo(t, c.Binder(nil))
	if err != nil {
		return err
	}
	return exec.FillIndex(x, write, ix)
}
