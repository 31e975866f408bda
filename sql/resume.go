package sql

import (
	"context"
	"slices"

	"vecgres/catalog"
	"vecgres/sql/client"
	"vecgres/sql/pgerr"
)

// ResumeBuilds finishes the indexes whose CREATE INDEX the last run of the server did not see the end of, one after another; one that cannot be
// built is taken away, as the statement would have done. What ctx cuts short is left for the next start.
func (v *Server) ResumeBuilds(ctx context.Context) {
	notes, databases, err := v.unfinishedBuilds()
	if err != nil {
		v.Logger.Warn("unfinished indexes could not be listed", "error", err)
	}
	for _, note := range notes {
		if ctx.Err() != nil {
			return
		}
		at := slices.IndexFunc(databases, func(d *catalog.Database) bool { return d.OID == note.Database })
		if at < 0 {
			continue // dropped with its indexes
		}
		if err := v.resumeBuild(ctx, note, databases[at]); err != nil && ctx.Err() == nil {
			v.Logger.Warn("an index that was being built when the server stopped was not finished", "index", note.Index, "error", err)
		}
	}
}

func (v *Server) unfinishedBuilds() ([]*catalog.Build, []*catalog.Database, error) {
	tx := v.Begin(false)
	defer tx.Close()
	defer tx.Rollback()
	snap := v.Catalog.Snapshot(tx.Facts(), nil)
	notes, err := snap.Builds()
	if err != nil || len(notes) == 0 {
		return nil, nil, err
	}
	databases, err := snap.Databases()
	return notes, databases, err
}

// resumeBuild finishes one index in a session of its own.
func (v *Server) resumeBuild(ctx context.Context, note *catalog.Build, db *catalog.Database) (err error) {
	role, err := v.roleOf(note.Owner)
	if err != nil {
		return err
	}
	s := newSession(v, &client.StartupParams{User: role.Name, Database: db.Name}, role, db)
	defer s.Close()
	defer func() { err = s.statementFailed(ctx, "", err, recover()) }()
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	c := s.ddlContext(ctx)
	c.Notice = func(*pgerr.Notice) {}
	if err := c.ResumeIndex(note); err != nil {
		return err
	}
	return s.endImplicit(ctx)
}

// roleOf is the role that a build goes on as: its own, or the bootstrap role where that one is gone.
func (v *Server) roleOf(oid catalog.OID) (*catalog.Role, error) {
	tx := v.Begin(false)
	defer tx.Close()
	defer tx.Rollback()
	snap := v.Catalog.Snapshot(tx.Facts(), nil)
	role, err := snap.RoleByOID(oid)
	if err != nil || role != nil {
		return role, err
	}
	return snap.RoleByOID(catalog.BootstrapRoleOID)
}
